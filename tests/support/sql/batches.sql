-- What awaits approval, and how many records of each batch still do.
-- name: batches_awaiting_approval()
SELECT b.id, b.sequence, b.version, b.origin, b.created_at,
       (SELECT count(*) FROM rule_queue q WHERE q.batch_id = b.id AND q.state = 'held') AS records
FROM rule_batch b WHERE b.state = 'held' ORDER BY b.created_at, b.id;
