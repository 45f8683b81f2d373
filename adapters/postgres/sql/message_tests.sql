-- name: owner_contacts()
-- Addresses and numbers to which a test may go.
SELECT id, email, phone FROM owner ORDER BY id;

-- name: addresses_of_users()
-- Those of the console who may sign in.
SELECT email FROM console_user WHERE disabled_at IS NULL ORDER BY email;

-- name: message_test_row(id)^
SELECT * FROM message_test WHERE id = :id;

-- name: claim_message_test(id, digest, sequence, version, step, variant, person_id, channel, sender, recipient, now)$
-- null: variant
-- The id, for whoever may hand it over: the first one, or one that comes after a failure that surely sent nothing.
INSERT INTO message_test AS t
    (id, digest, sequence, version, step, variant, person_id, channel, sender, recipient, state, claimed_at)
VALUES (:id, :digest, :sequence, :version, :step, :variant, :person_id, :channel, :sender, :recipient, 'claimed', :now)
ON CONFLICT (id) DO UPDATE
SET state = 'claimed', claimed_at = excluded.claimed_at, settled_at = NULL, code = NULL, reason = NULL,
    version = excluded.version, variant = excluded.variant, sender = excluded.sender
WHERE t.state = 'failed' AND t.digest = excluded.digest
RETURNING t.id;

-- name: settle_message_test(id, state, at, provider_message_id, code, reason)!
-- null: provider_message_id, code, reason
UPDATE message_test SET state = :state, settled_at = :at, provider_message_id = :provider_message_id, code = :code,
    reason = :reason
WHERE id = :id AND state = 'claimed';

-- name: newest_run_of_sequence(sequence)^
-- Somebody as whom a message can be tested, when nobody is named.
SELECT person_id, record_id, record_type FROM enrollment WHERE sequence = :sequence ORDER BY enrolled_at DESC, id LIMIT 1;
