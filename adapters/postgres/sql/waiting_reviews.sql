-- name: add_waiting_review(reaction_id, label, intent, not_an_opt_out, not_theirs, reviewer, user_id, said_at, due_at)$
-- null: intent
-- The first of two who say something of one reply at the same moment counts.
INSERT INTO waiting_review (reaction_id, label, intent, not_an_opt_out, not_theirs, reviewer, user_id, said_at, due_at)
VALUES (:reaction_id, :label, :intent, :not_an_opt_out, :not_theirs, :reviewer, :user_id, :said_at, :due_at)
ON CONFLICT DO NOTHING RETURNING reaction_id;

-- name: take_back_review(reaction_id, user_id)$
DELETE FROM waiting_review WHERE reaction_id = :reaction_id AND user_id = :user_id RETURNING reaction_id;

-- name: waiting_review_of(reaction_id)^
SELECT * FROM waiting_review WHERE reaction_id = :reaction_id;

-- name: take_waiting_review(reaction_id)^
-- What was said is a review from now on, in the transaction that writes it.
DELETE FROM waiting_review WHERE reaction_id = :reaction_id RETURNING *;

-- name: waiting_reviews_due(now, among, limit)
-- null: among
-- Nobody took them back in time.
SELECT w.* FROM (
    SELECT t.reaction_id AS id, t.reaction_id AS key FROM waiting_review t
    WHERE t.due_at <= :now AND (:among::text[] IS NULL OR t.reaction_id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'said' AND d.key = t.reaction_id AND d.until > :now)
    ORDER BY t.due_at, t.reaction_id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:said:' || w.key, 0)) LIMIT :limit;
