-- name: retention_rows()
SELECT * FROM retention;

-- name: keep_plans_of_functions()!
-- For the rest of the transaction: what is needed is asked of each row, by functions. A page has each statement planned
-- for what is asked, and Postgres would do the same with theirs: a thousand times a millisecond.
SELECT set_config('plan_cache_mode', 'auto', true);

-- name: lock_retention()!
-- One at a time announces; the others find what it wrote.
SELECT pg_advisory_xact_lock(hashtextextended('retention', 0));

-- name: note_retention_period(kind, in_force, period, since)!
INSERT INTO retention (kind, in_force, period, since) VALUES (:kind, :in_force, :period, :since)
ON CONFLICT (kind) DO UPDATE SET in_force = excluded.in_force, period = excluded.period, since = excluded.since;

-- name: begin_retention_pass(kind, now)!
-- A pass has one instant: an activity that begins again goes on counting.
UPDATE retention SET started_at = :now, ended_at = NULL, removed = 0
WHERE kind = :kind AND started_at IS DISTINCT FROM :now::timestamptz;

-- name: count_retention(kind, removed)!
UPDATE retention SET removed = retention.removed + :removed, removed_ever = removed_ever + :removed WHERE kind = :kind;

-- name: end_retention_pass(kind, started_at, now)!
UPDATE retention SET ended_at = :now WHERE kind = :kind AND started_at = :started_at;
