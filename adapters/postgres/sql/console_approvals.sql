-- name: console_batches(id, sequence, limit)
-- null: id, sequence
-- not null: records, name
-- What awaits approval, the oldest first, each with the first of its people.
SELECT b.id, b.sequence, coalesce(v.definition ->> 'name', b.sequence) AS name, b.version, b.origin, b.created_at,
       (SELECT count(*) FROM rule_queue q WHERE q.batch_id = b.id AND q.state = 'held') AS records,
       ARRAY(SELECT coalesce(nullif(concat_ws(' ', p.first_name, p.last_name), ''), q.person_id)
             FROM rule_queue q LEFT JOIN person p ON p.id = q.person_id
             WHERE q.batch_id = b.id AND q.state = 'held' ORDER BY q.record_id LIMIT 5) AS names
FROM rule_batch b LEFT JOIN sequence_version v ON v.sequence = b.sequence AND v.version = b.version
WHERE b.state = 'held' AND (:id::text IS NULL OR b.id = :id)
      AND (:sequence::text IS NULL OR b.sequence = :sequence) ORDER BY b.created_at, b.id LIMIT :limit;

-- name: approve_records(batch, records)!
UPDATE rule_queue SET state = 'waiting' WHERE batch_id = :batch AND state = 'held' AND record_id = ANY(:records::text[]);

-- name: discard_records(batch, records)!
DELETE FROM rule_queue WHERE batch_id = :batch AND state = 'held' AND record_id = ANY(:records::text[]);

-- name: records_awaiting_approval(batch)$
SELECT count(*) FROM rule_queue WHERE batch_id = :batch AND state = 'held';
