-- How many runs came to the same, kept beside the runs: statistics of all time look at these few rows.
-- depends: 0245_console_at_size 0380_last_sends

-- migrate: apply
-- Of runs whose person was in the sequence once. The others are counted person by person, from their own rows.
CREATE TABLE run_outcome_count (
    sequence text NOT NULL,
    version integer NOT NULL,
    earlier_versions integer[] NOT NULL,
    state text NOT NULL,
    facts text COLLATE "C" NOT NULL,
    number integer NOT NULL
);
-- By the digest: what happened in a run may be longer than an index takes.
CREATE UNIQUE INDEX run_outcome_count_of ON run_outcome_count (sequence, version, earlier_versions, state, md5(facts));
CREATE INDEX run_outcome_count_none ON run_outcome_count (sequence) WHERE number = 0;

INSERT INTO run_outcome_count
SELECT sequence, version, earlier_versions, state, facts, count(*) FROM run_outcome WHERE NOT often GROUP BY 1, 2, 3, 4, 5;

-- Once for each statement, whatever wrote it: what was is taken away (-1), and what is now is added (1). In order, so that
-- two who write at the same time wait for each other and do not lock each other out.
CREATE FUNCTION count_run_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_outcome_count AS c (sequence, version, earlier_versions, state, facts, number)
    SELECT sequence, version, earlier_versions, state, facts, TG_ARGV[0]::integer * count(*) FROM counted WHERE NOT often
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (sequence, version, earlier_versions, state, md5(facts)) DO UPDATE SET number = c.number + excluded.number;
    DELETE FROM run_outcome_count WHERE number = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER run_outcome_added_counts AFTER INSERT ON run_outcome
    REFERENCING NEW TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION count_run_outcomes('1');
CREATE TRIGGER run_outcome_changed_counts AFTER UPDATE ON run_outcome
    REFERENCING NEW TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION count_run_outcomes('1');
CREATE TRIGGER run_outcome_was_counts AFTER UPDATE ON run_outcome
    REFERENCING OLD TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION count_run_outcomes('-1');
CREATE TRIGGER run_outcome_removed_counts AFTER DELETE ON run_outcome
    REFERENCING OLD TABLE AS counted FOR EACH STATEMENT EXECUTE FUNCTION count_run_outcomes('-1');

-- migrate: rollback
DROP TRIGGER run_outcome_removed_counts ON run_outcome;
DROP TRIGGER run_outcome_was_counts ON run_outcome;
DROP TRIGGER run_outcome_changed_counts ON run_outcome;
DROP TRIGGER run_outcome_added_counts ON run_outcome;
DROP FUNCTION count_run_outcomes;
DROP TABLE run_outcome_count;
