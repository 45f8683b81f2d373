-- name: console_task_counts(owners, overdue_before, due_before)^
-- null: owners
-- one row
-- not null: overdue, due, open
-- Open tasks of these owners, and of none; without owners everybody's. What has no date is due.
SELECT count(*) FILTER (WHERE t.due_at < :overdue_before) AS overdue,
       count(*) FILTER (WHERE coalesce(t.due_at, t.created_at) < :due_before) AS due, count(*) AS open
FROM task t WHERE t.state = 'open' AND (:owners::text[] IS NULL OR t.owner_id IS NULL OR t.owner_id = ANY(:owners::text[]));

-- name: console_owners(limit)
-- not null: name
-- Those who can be given something, by name.
SELECT id, coalesce(nullif(concat_ws(' ', first_name, last_name), ''), id) AS name FROM owner
ORDER BY lower(concat_ws(' ', last_name, first_name)), id LIMIT :limit;
