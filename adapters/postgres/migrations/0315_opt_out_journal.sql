-- Which opt-outs and erasures are in the journal beside the database: a restore brings back those that the backup lacks.
-- depends: 0285_erasing 0305_restorations

-- migrate: apply
-- 0: nothing of it is there, 1: that it stands, 2: that it was lifted.
ALTER TABLE suppression ADD COLUMN journaled smallint NOT NULL DEFAULT 0;
ALTER TABLE topic_opt_out ADD COLUMN journaled smallint NOT NULL DEFAULT 0;
ALTER TABLE erased_address ADD COLUMN journaled smallint NOT NULL DEFAULT 0;
-- The asked_at that is there: whoever is erased once more is noted once more.
ALTER TABLE erasure ADD COLUMN journaled_at timestamptz;

CREATE INDEX suppression_not_journaled ON suppression (id)
    WHERE journaled < CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END;
CREATE INDEX topic_opt_out_not_journaled ON topic_opt_out (id)
    WHERE journaled < CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END;
CREATE INDEX erased_address_not_journaled ON erased_address (hash) WHERE journaled = 0;

-- Its rows are those of the table, which has one column more.
CREATE OR REPLACE FUNCTION suppressions_on(person text, addresses text[]) RETURNS SETOF suppression LANGUAGE sql STABLE AS $$
    SELECT s.* FROM suppression s WHERE s.person_id = person AND s.lifted_at IS NULL
    UNION
    SELECT s.id, s.person_id, s.address,
           CASE WHEN s.channel = 'all' AND position('@' in a.address) = 0 THEN 'sms' ELSE s.channel END,
           s.reason, s.source, s.since, s.lifted_at, s.journaled
    FROM suppressed_address a JOIN suppression s ON s.id = a.suppression_id
    WHERE a.address = ANY (addresses) AND s.lifted_at IS NULL
      AND (person IS NULL OR s.person_id IS DISTINCT FROM person)
$$;

-- migrate: rollback
DROP INDEX suppression_not_journaled, topic_opt_out_not_journaled, erased_address_not_journaled;
ALTER TABLE erasure DROP COLUMN journaled_at;
ALTER TABLE erased_address DROP COLUMN journaled;
ALTER TABLE topic_opt_out DROP COLUMN journaled;
ALTER TABLE suppression DROP COLUMN journaled;
CREATE OR REPLACE FUNCTION suppressions_on(person text, addresses text[]) RETURNS SETOF suppression LANGUAGE sql STABLE AS $$
    SELECT s.* FROM suppression s WHERE s.person_id = person AND s.lifted_at IS NULL
    UNION
    SELECT s.id, s.person_id, s.address,
           CASE WHEN s.channel = 'all' AND position('@' in a.address) = 0 THEN 'sms' ELSE s.channel END,
           s.reason, s.source, s.since, s.lifted_at
    FROM suppressed_address a JOIN suppression s ON s.id = a.suppression_id
    WHERE a.address = ANY (addresses) AND s.lifted_at IS NULL
      AND (person IS NULL OR s.person_id IS DISTINCT FROM person)
$$;
