-- name: look_at_claims(now)!
-- Begins to watch each claim that is not settled yet. A send that is claimed anew is watched anew.
UPDATE send SET looked_claim = claimed_by, looked_at = :now, next_look_at = :now
WHERE state IN ('claimed', 'unknown') AND resolution IS NULL AND looked_claim IS DISTINCT FROM claimed_by;

-- name: lost_claims(before)
-- Watched for longer than any send takes: its claimer is gone, and its run did not come back to find out.
UPDATE send SET state = 'unknown', decided_at = claimed_at, reason = 'the worker died while sending',
                handed_at = coalesce(handed_at, claimed_at)
WHERE state = 'claimed' AND resolution IS NULL AND looked_claim = claimed_by AND looked_at <= :before RETURNING id;

-- name: unknown_sends(now, limit)
-- not null: claimed_at, looked_at
SELECT s.*, e.sequence, e.version, e.state AS run_state, t.state AS step_state
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN enrollment_step t ON t.enrollment_id = s.enrollment_id AND t.step = s.step
WHERE s.state = 'unknown' AND s.resolution IS NULL AND s.next_look_at <= :now
ORDER BY s.next_look_at, s.id LIMIT :limit;

-- name: look_again(id, at)!
UPDATE send SET next_look_at = :at WHERE id = :id;

-- name: resolve_unknown(id, resolution, at)$
UPDATE send SET resolution = :resolution, resolved_at = :at
WHERE id = :id AND state = 'unknown' AND resolution IS NULL RETURNING id;

-- name: step_was_sent(enrollment_id, step, reason)!
-- What was unknown of a step is known now; when it was decided stays, since later steps count from it.
UPDATE enrollment_step SET state = 'sent', reason = :reason
WHERE enrollment_id = :enrollment_id AND step = :step AND state = 'unknown';

-- name: provider_ids_of_others(id)
-- not null: provider_message_id
-- Of the other messages to the recipient of this one.
SELECT other.provider_message_id FROM send s JOIN send other
    ON other.channel = s.channel AND other.recipient = s.recipient
    AND coalesce(other.recipient_key, lower(other.recipient)) = coalesce(s.recipient_key, lower(s.recipient))
WHERE s.id = :id AND other.id <> s.id AND other.provider_message_id IS NOT NULL;

-- name: unresolved_sends(limit)
-- For people: what nobody knows yet, the oldest first.
SELECT s.id, s.enrollment_id, s.person_id, e.sequence, s.step, s.channel, s.claimed_at, s.reason, s.attempts, s.looked_at,
       s.next_look_at, coalesce(v.definition ->> 'if_unknown', 'assume_sent') AS if_unknown
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
WHERE s.state = 'unknown' AND s.resolution IS NULL ORDER BY s.claimed_at, s.id LIMIT :limit;
