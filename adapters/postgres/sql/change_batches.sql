-- Batches of changes: what one import or one event brings, matched as one. A row of change_batch stands for all its
-- changes: who holds it holds them.

-- name: write_batch(id)!
-- Every change of this transaction belongs to it.
SELECT set_config('relance.batch', :id::text, true);

-- name: keep_batch_open(id)!
-- For as long as this session lives; tells the server to notice a peer that is gone within a minute.
SELECT pg_advisory_lock(hashtextextended('batch:' || :id::text, 0)), set_config('tcp_keepalives_idle', '30', false),
       set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false);

-- name: release_batch_lock(id)!
SELECT pg_advisory_unlock(hashtextextended('batch:' || :id::text, 0)), set_config('tcp_keepalives_idle', '0', false),
       set_config('tcp_keepalives_interval', '0', false), set_config('tcp_keepalives_count', '0', false);

-- name: open_batch(id, at)!
INSERT INTO change_batch (id, origin, opened_at) VALUES (:id, 'import', :at);

-- name: close_batch(id, at)!
UPDATE change_batch SET closed_at = :at, rows = (SELECT count(*) FROM change WHERE batch = :id AND watched_at IS NULL)
WHERE id = :id AND closed_at IS NULL;

-- name: open_batches()
SELECT id FROM change_batch WHERE closed_at IS NULL ORDER BY id;

-- name: take_left_batch(id)$
-- True when nobody writes it any more; then nobody else closes it before we commit.
SELECT pg_try_advisory_xact_lock(hashtextextended('batch:' || :id::text, 0));

-- name: unwatched_batches(limit)
-- The order of all watchers; a second one passes over those of the first one.
SELECT id, origin, rows, weighed_at FROM change_batch
WHERE watched_at IS NULL AND closed_at IS NOT NULL ORDER BY number LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: changes_of_batches(batches, limit)
-- null: limit
SELECT * FROM change WHERE watched_at IS NULL AND batch = ANY(:batches::text[]) ORDER BY batch, id LIMIT :limit;

-- name: batches_watched(batches, at)!
UPDATE change_batch SET watched_at = :at WHERE id = ANY(:batches::text[]);

-- name: batch_weighed(id, at)!
UPDATE change_batch SET weighed_at = :at WHERE id = :id;

-- name: batch_has_more(id)$
SELECT EXISTS (SELECT 1 FROM change WHERE batch = :id AND watched_at IS NULL);

-- name: concerned_by_batch(batch, fields, record)
-- As ``Changes.concerned`` says it of rows: what changed in one of the fields; of a new record every field is new.
SELECT entity, array_agg(DISTINCT entity_id) AS ids FROM change
WHERE batch = :batch AND watched_at IS NULL
  AND (fields && :fields::text[] OR (before = '{}'::jsonb AND entity = ANY(:record::text[])))
GROUP BY entity;

-- name: touched_by_batch(batch)
SELECT entity, array_agg(DISTINCT entity_id) AS ids FROM change WHERE batch = :batch AND watched_at IS NULL GROUP BY entity;
