-- name: add_waiting_attachment(inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at)$
-- The first of two who attach one message at the same moment counts.
INSERT INTO waiting_attachment (inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at)
VALUES (:inbound_id, :enrollment_id, :asked_by, :user_id, :asked_at, :due_at)
ON CONFLICT DO NOTHING RETURNING inbound_id;

-- name: take_back_attachment(inbound_id, user_id)$
DELETE FROM waiting_attachment WHERE inbound_id = :inbound_id AND user_id = :user_id RETURNING inbound_id;

-- name: waiting_attachment_of(inbound_id)^
-- not null: sequence_name
SELECT w.*, e.person_id, nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
       coalesce(v.definition ->> 'name', e.sequence) AS sequence_name
FROM waiting_attachment w JOIN enrollment e ON e.id = w.enrollment_id LEFT JOIN person p ON p.id = e.person_id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
WHERE w.inbound_id = :inbound_id;

-- name: take_waiting_attachment(inbound_id)^
-- It belongs to the run from now on, in the transaction that writes it.
DELETE FROM waiting_attachment WHERE inbound_id = :inbound_id RETURNING *;

-- name: waiting_attachments_due(now, among, limit)
-- null: among
-- They were not taken back in time.
SELECT w.* FROM (
    SELECT t.inbound_id AS id, t.inbound_id AS key FROM waiting_attachment t
    WHERE t.due_at <= :now AND (:among::text[] IS NULL OR t.inbound_id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'attached' AND d.key = t.inbound_id AND d.until > :now)
    ORDER BY t.due_at, t.inbound_id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:attached:' || w.key, 0)) LIMIT :limit;
