-- Sequences that were archived.

-- name: add_archived_sequence(sequence, at, by)$
-- null: by
INSERT INTO archived_sequence (sequence, archived_at, archived_by) VALUES (:sequence, :at, :by)
ON CONFLICT (sequence) DO NOTHING RETURNING sequence;

-- name: drop_archived_sequence(sequence)$
DELETE FROM archived_sequence WHERE sequence = :sequence RETURNING sequence;

-- name: archived_at(sequence)$
-- Since when; nothing: it is not archived.
SELECT archived_at FROM archived_sequence WHERE sequence = :sequence;

-- name: count_runs_to_stop(sequence)$
-- not null: count_runs_to_stop
SELECT count(*) AS count_runs_to_stop FROM enrollment WHERE sequence = :sequence AND run_is_open(state);

-- name: runs_to_stop(sequence, after, limit)
-- row: RunToCommandRow
-- Open runs of the sequence, by key.
SELECT id, workflow_id FROM enrollment WHERE sequence = :sequence AND run_is_open(state) AND id > :after ORDER BY id LIMIT :limit;
