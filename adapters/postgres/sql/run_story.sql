-- name: tasks_of(enrollment_id)
SELECT id, enrollment_id, title, due_at, owner_id FROM task WHERE enrollment_id = :enrollment_id;

-- name: suppressions_from(sources)
SELECT channel, reason, source, since FROM suppression WHERE source = ANY(:sources::text[]) ORDER BY id;
