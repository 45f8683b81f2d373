-- The journal of opt-outs and erasures: what is not in it yet. Rows are locked, so that two writers take different ones.

-- name: suppressions_to_journal(most)
-- not null: standing, addresses
SELECT s.id, s.person_id, s.channel, s.reason, s.since, s.lifted_at IS NULL AS standing,
       ARRAY(SELECT s.address WHERE s.address IS NOT NULL
             UNION SELECT c.address FROM suppressed_address c WHERE c.suppression_id = s.id) AS addresses
FROM suppression s WHERE s.journaled < CASE WHEN s.lifted_at IS NULL THEN 1 ELSE 2 END
ORDER BY s.id LIMIT :most FOR UPDATE OF s SKIP LOCKED;

-- name: suppressions_journaled(ids)!
UPDATE suppression SET journaled = CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END WHERE id = ANY(:ids::bigint[]);

-- name: topics_to_journal(most)
-- not null: standing
SELECT t.id, t.person_id, t.address, t.topic, t.since, t.lifted_at IS NULL AS standing FROM topic_opt_out t
WHERE t.journaled < CASE WHEN t.lifted_at IS NULL THEN 1 ELSE 2 END
ORDER BY t.id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: topics_journaled(ids)!
UPDATE topic_opt_out SET journaled = CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END WHERE id = ANY(:ids::bigint[]);

-- name: erased_addresses_to_journal(most)
SELECT hash, channel, reason, since FROM erased_address WHERE journaled = 0 LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: erased_addresses_journaled(hashes)!
UPDATE erased_address SET journaled = 1 WHERE hash = ANY(:hashes::bytea[]) AND journaled = 0;

-- name: erasures_to_journal(most)
SELECT person_id, may_be_contacted_again, asked_at FROM erasure
WHERE journaled_at IS NULL OR journaled_at < asked_at ORDER BY person_id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: erasures_journaled(people)!
UPDATE erasure SET journaled_at = asked_at WHERE person_id = ANY(:people::text[]);

-- name: not_journaled(most)$
-- not null: number
-- How many wait, up to a number.
SELECT count(*) AS number FROM (
    SELECT FROM suppression WHERE journaled < CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END
    UNION ALL SELECT FROM topic_opt_out WHERE journaled < CASE WHEN lifted_at IS NULL THEN 1 ELSE 2 END
    UNION ALL SELECT FROM erased_address WHERE journaled = 0
    UNION ALL SELECT FROM erasure WHERE journaled_at IS NULL OR journaled_at < asked_at
    LIMIT :most) waiting;

-- name: bring_back_address(hash, channel, reason, since)$
-- Whoever has the address, or comes with it, is recognised.
INSERT INTO erased_address (hash, channel, reason, since) VALUES (:hash, :channel, :reason, :since)
ON CONFLICT (hash, channel) DO NOTHING RETURNING hash;
