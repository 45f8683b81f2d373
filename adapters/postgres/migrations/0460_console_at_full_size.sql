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
-- A twentieth as many different ones as with steps and versions.
ALTER TABLE run_outcome_count
    ADD COLUMN sequence_facts text COLLATE "C" NOT NULL GENERATED ALWAYS AS (facts_of_sequence(facts)) STORED;

CREATE INDEX crm_write_settled ON crm_write (crm, settled_at) WHERE state = 'done';

-- migrate: rollback
DROP INDEX crm_write_settled;
ALTER TABLE run_outcome_count DROP COLUMN sequence_facts;
DROP FUNCTION facts_of_sequence;
