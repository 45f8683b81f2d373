-- Each number of the statistics leads to its people: those of a rare outcome are found by an index.
-- depends: 0130_run_outcomes

-- migrate: apply
-- What happened in a run of a sequence, and at which step. What happened in most runs is left out: no index would help.
CREATE FUNCTION outcome_keys(sequence text, facts text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(
    SELECT DISTINCT key.name
    FROM string_to_table(facts, ' ') AS word
    CROSS JOIN LATERAL (VALUES (split_part(word, '|', 1), split_part(word, '|', 2))) AS fact (what, step)
    CROSS JOIN LATERAL (VALUES (sequence || '|' || fact.what),
                               (nullif(sequence || '|' || fact.what || '|' || fact.step,
                                       sequence || '|' || fact.what || '|'))) AS key (name)
    WHERE fact.what <> ALL ('{sent,sent_with_link,sent_with_pixel,delivered}'::text[]) AND key.name IS NOT NULL);
CREATE INDEX run_outcome_keys ON run_outcome USING gin (outcome_keys(sequence, facts))
    WHERE outcome_keys(sequence, facts) <> '{}';

-- migrate: rollback
DROP INDEX run_outcome_keys;
DROP FUNCTION outcome_keys;
