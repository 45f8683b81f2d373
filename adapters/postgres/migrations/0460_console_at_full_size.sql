-- Numbers of whole sequences from what is counted already, and when something was written to the CRM last.
-- depends: 0420_outcome_counts

-- migrate: apply
-- What happened in a run as far as it counts for the sequence as a whole: each thing once, about no step. Of replies the
-- newest counts, so they stand in the order of their last; the others are sorted, so that equal ones are equal texts.
CREATE FUNCTION facts_of_sequence(facts text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(string_agg(w.what || '|||', ' ' ORDER BY w.place, w.what COLLATE "C"), '')
    FROM (SELECT f.what, CASE WHEN starts_with(f.what, 'replied_') THEN max(f.place) ELSE 0 END AS place
          FROM (SELECT split_part(t.word, '|', 1) AS what, t.place
                FROM string_to_table(facts, ' ') WITH ORDINALITY AS t (word, place)) f
          WHERE f.what <> '' GROUP BY f.what) w);
-- A tenth as many different ones as with steps and versions.
ALTER TABLE run_outcome_count
    ADD COLUMN sequence_facts text COLLATE "C" NOT NULL GENERATED ALWAYS AS (facts_of_sequence(facts)) STORED;

-- Of people who were in a sequence more than once it is kept with each run: null where nobody asks for it.
ALTER TABLE run_outcome ADD COLUMN sequence_facts text COLLATE "C";
UPDATE run_outcome SET sequence_facts = facts_of_sequence(facts) WHERE often;
CREATE FUNCTION keep_sequence_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence_facts := facts_of_sequence(NEW.facts);
    RETURN NEW;
END $$;
CREATE TRIGGER run_outcome_keeps_facts BEFORE INSERT OR UPDATE OF facts, often ON run_outcome
    FOR EACH ROW WHEN (NEW.often) EXECUTE FUNCTION keep_sequence_facts();
-- Person by person, in the order of their runs. It takes the place of an index of these runs by sequence alone.
CREATE INDEX run_outcome_persons ON run_outcome (sequence, person_id, entered_at, version) INCLUDE (state, sequence_facts)
    WHERE often;
DROP INDEX run_outcome_often;

-- Steps of open runs that are due until then, of everybody or of very many: what next_steps gives with by_runs false. As
-- one join Postgres reads it by the clock, and no more than a page.
CREATE FUNCTION next_steps_by_clock(until timestamptz, of_owners text[])
RETURNS TABLE (due_at timestamptz, step text, enrollment_id text, sequence text, owner_id text, state text, goes boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.due_at, s.step, e.id, e.sequence, e.owner_id, e.state,
           e.state IN ('starting', 'active') AND NOT EXISTS (SELECT FROM holds_over(e.sequence, e.owner_id))
    FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
    WHERE s.state = 'planned' AND s.due_at < until AND e.state NOT IN ('stopped', 'finished')
      AND (of_owners IS NULL OR e.owner_id IS NULL OR e.owner_id = ANY(of_owners))
$$;

-- The open runs of a sequence, the newest last: where few or none of very many were open, all the others were read. Paused,
-- stopped and finished ones have such an index.
CREATE INDEX enrollment_open_newest ON enrollment (sequence, enrolled_at, id) WHERE state NOT IN ('stopped', 'finished');

-- The runs that a job told something: the key of a command ends with the id of its run.
CREATE INDEX enrollment_event_job ON enrollment_event (left(key, -length(enrollment_id)), enrollment_id)
    WHERE key LIKE 'command:%';

CREATE INDEX crm_write_settled ON crm_write (crm, settled_at) WHERE state = 'done';

-- migrate: rollback
DROP INDEX enrollment_event_job;
DROP INDEX enrollment_open_newest;
DROP FUNCTION next_steps_by_clock;
DROP INDEX crm_write_settled;
ALTER TABLE run_outcome_count DROP COLUMN sequence_facts;
CREATE INDEX run_outcome_often ON run_outcome (sequence) WHERE often;
DROP INDEX run_outcome_persons;
DROP TRIGGER run_outcome_keeps_facts ON run_outcome;
DROP FUNCTION keep_sequence_facts;
ALTER TABLE run_outcome DROP COLUMN sequence_facts;
DROP FUNCTION facts_of_sequence;
