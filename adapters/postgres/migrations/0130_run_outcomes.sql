-- What became of each run, one row a run, for statistics.
-- depends: 0102_plan_revision

-- migrate: apply
-- A change marks its run in the same transaction. Before statistics are counted, the rows of marked runs are written
-- again, from the rows that they are made of (write_run_outcomes in sql/statistics.sql).
-- The version under which it was written; null: the run's. Only a move to another version sets it.
ALTER TABLE send ADD COLUMN of_version integer;
-- The versions that the run was on before, the oldest first.
ALTER TABLE enrollment ADD COLUMN earlier_versions integer[] NOT NULL DEFAULT '{}';

CREATE TABLE run_outcome (
    enrollment_id text PRIMARY KEY,
    sequence text NOT NULL,
    version integer NOT NULL,
    earlier_versions integer[] NOT NULL,
    person_id text NOT NULL,
    owner_id text,
    entered_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'stopped', 'finished')),
    -- what happened, in order: words 'what|step|version|variant' (sequences/statistics/outcomes.py reads them)
    facts text COLLATE "C" NOT NULL,
    -- the person was in the sequence more than once; once true it may stay so
    often boolean NOT NULL DEFAULT false
);
CREATE INDEX run_outcome_entered ON run_outcome (sequence, entered_at);
CREATE INDEX run_outcome_person ON run_outcome (sequence, person_id);

-- Runs whose row is to be written again. A line for each change, and no key: those who mark wait for nobody.
CREATE TABLE run_outcome_mark (enrollment_id text NOT NULL);

CREATE FUNCTION mark_run_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_outcome_mark VALUES (NEW.enrollment_id);
    RETURN NULL;
END $$;
-- Asked here, and not by the trigger: its condition would be read and planned for each statement, twice for each mail.
CREATE FUNCTION mark_run_outcome_of_send() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state <> NEW.state AND (NEW.state NOT IN ('planned', 'claimed') OR OLD.state NOT IN ('planned', 'claimed')))
       OR OLD.undelivered_at IS DISTINCT FROM NEW.undelivered_at
       OR OLD.provider_status IS DISTINCT FROM NEW.provider_status THEN
        INSERT INTO run_outcome_mark VALUES (NEW.enrollment_id);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION mark_run_outcome_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_outcome_mark VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER enrollment_added_marks AFTER INSERT ON enrollment
    FOR EACH ROW EXECUTE FUNCTION mark_run_outcome_of_run();
CREATE TRIGGER enrollment_changed_marks AFTER UPDATE OF state, version, person_id, owner_id ON enrollment FOR EACH ROW
    WHEN ((OLD.state IN ('stopped', 'finished')) <> (NEW.state IN ('stopped', 'finished'))
          OR OLD.version <> NEW.version OR OLD.person_id <> NEW.person_id OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION mark_run_outcome_of_run();
CREATE TRIGGER send_added_marks AFTER INSERT ON send FOR EACH ROW
    WHEN (NEW.state NOT IN ('planned', 'claimed')) EXECUTE FUNCTION mark_run_outcome();
CREATE TRIGGER send_changed_marks AFTER UPDATE OF state, undelivered_at, provider_status ON send
    FOR EACH ROW EXECUTE FUNCTION mark_run_outcome_of_send();
CREATE TRIGGER step_added_marks AFTER INSERT ON enrollment_step FOR EACH ROW
    WHEN (NEW.state = 'skipped') EXECUTE FUNCTION mark_run_outcome();
CREATE TRIGGER step_changed_marks AFTER UPDATE OF state ON enrollment_step FOR EACH ROW
    WHEN ((OLD.state = 'skipped') <> (NEW.state = 'skipped')) EXECUTE FUNCTION mark_run_outcome();
CREATE TRIGGER reaction_added_marks AFTER INSERT ON reaction
    FOR EACH ROW EXECUTE FUNCTION mark_run_outcome();
-- What a model or a person says of a reply. A review always notes its time on the reply.
CREATE TRIGGER reaction_changed_marks
    AFTER UPDATE OF label, intent, opt_out, held_for_review, reviewed_at, send_id ON reaction
    FOR EACH ROW EXECUTE FUNCTION mark_run_outcome();

INSERT INTO run_outcome_mark SELECT id FROM enrollment;

-- migrate: rollback
DROP TRIGGER reaction_changed_marks ON reaction;
DROP TRIGGER reaction_added_marks ON reaction;
DROP TRIGGER step_changed_marks ON enrollment_step;
DROP TRIGGER step_added_marks ON enrollment_step;
DROP TRIGGER send_changed_marks ON send;
DROP TRIGGER send_added_marks ON send;
DROP TRIGGER enrollment_changed_marks ON enrollment;
DROP TRIGGER enrollment_added_marks ON enrollment;
DROP FUNCTION mark_run_outcome, mark_run_outcome_of_send, mark_run_outcome_of_run;
DROP TABLE run_outcome_mark, run_outcome;
ALTER TABLE enrollment DROP COLUMN earlier_versions;
ALTER TABLE send DROP COLUMN of_version;
