-- name: begin_delivery(id, now, again_at)^
UPDATE follow_up SET tries = tries + 1, tried_since = coalesce(tried_since, :now), hand_at = :again_at
WHERE id = :id AND state = 'pending' RETURNING *;

-- name: put_off_delivery(id, round, result, next_try_at, hand_at)!
-- Not what was overruled, or made to wait anew, while it was tried.
UPDATE follow_up SET result = :result, next_try_at = :next_try_at, hand_at = :hand_at
WHERE id = :id AND state = 'pending' AND round = :round;

-- name: delivered(id, result, at)!
-- Also what was overruled at that moment: it did leave the house.
UPDATE follow_up SET state = 'done', result = :result, settled_at = :at, next_try_at = NULL WHERE id = :id;

-- name: end_delivery(id, round, state, result, at)$
UPDATE follow_up SET state = :state, result = :result, settled_at = :at, next_try_at = NULL
WHERE id = :id AND state = 'pending' AND (:round::integer IS NULL OR round = :round) RETURNING id;

-- name: problem_notifications(owner_id, kind, since)$
SELECT count(*) FROM notification WHERE owner_id = :owner_id AND kind = :kind AND created_at > :since;

-- name: restart_delivery(id)!
UPDATE follow_up SET state = 'pending', hand_at = '-infinity', tries = 0, round = round + 1, tried_since = NULL,
                     next_try_at = NULL, settled_at = NULL, left_behind = false
WHERE id = :id;

-- name: lock_delivery(id)^
SELECT * FROM follow_up WHERE id = :id AND kind IN ('enroll', 'webhook') FOR UPDATE;

-- name: dead_deliveries(after, limit)
SELECT id FROM follow_up WHERE state = 'dead' AND id > :after ORDER BY id LIMIT :limit FOR UPDATE;

-- name: close_left_behind(before, result, at, limit)
-- Those of 0.1 that are too old to surprise anybody with, each with whom to tell.
WITH old AS (
    SELECT id FROM follow_up WHERE left_behind AND state = 'pending' AND at < :before
    ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE follow_up f SET state = 'dead', result = :result, settled_at = :at FROM old WHERE f.id = old.id
    RETURNING f.id, f.enrollment_id
)
SELECT c.id, coalesce(e.owner_id, v.definition -> 'auto_enroll' ->> 'assigned_by') AS owner_id
FROM closed c JOIN enrollment e ON e.id = c.enrollment_id
LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version;

-- name: delivery_row(id)^
SELECT f.id, f.kind, f.arguments, f.cause, f.event, f.state, f.result, f.at, f.tries, f.tried_since, f.next_try_at,
       f.settled_at, f.enrollment_id, e.sequence, e.state AS run_state, e.person_id, e.owner_id
FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id WHERE f.id = :id AND f.kind IN ('enroll', 'webhook');
