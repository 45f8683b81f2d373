-- Days on which nothing goes: of everybody, or of one owner's runs. "owner" is NULL for everybody.

-- name: closed_days_of_owners(owners)
SELECT day, owner_id FROM closed_day WHERE owner_id IS NULL OR owner_id = ANY(:owners::text[]);

-- name: close_days(first, last, owner, at)
-- null: owner
-- Those that were open.
INSERT INTO closed_day (day, owner_id, since)
SELECT d::date, :owner::text, :at FROM generate_series(:first::date, :last::date, interval '1 day') d
ON CONFLICT DO NOTHING RETURNING day;

-- name: open_days(first, last, owner)
-- null: owner
DELETE FROM closed_day WHERE day BETWEEN :first AND :last AND owner_id IS NOT DISTINCT FROM :owner::text RETURNING day;

-- name: list_closed_days(owner, from_day)
-- null: owner, from_day
-- Everybody's, and those of the owner; of all owners without one.
SELECT day, owner_id FROM closed_day
WHERE (:owner::text IS NULL OR owner_id IS NULL OR owner_id = :owner) AND (:from_day::date IS NULL OR day >= :from_day)
ORDER BY owner_id NULLS FIRST, day;

-- name: runs_on_days(first, last, owner, after, limit)
-- null: owner
-- not null: due, zones
-- Open runs with a step that may be on one of these days: each step's own zone says so. A run without any keeps its plan: a
-- day that closes only takes instants away.
SELECT e.id, e.person_id, array_agg(s.due_at) AS due, array_agg(coalesce(s.timezone, 'UTC')) AS zones FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN person p ON p.id = e.person_id LEFT JOIN placement pl ON e.record_type = 'placement' AND pl.id = e.record_id
WHERE s.state = 'planned' AND s.due_at >= :first::date::timestamp AT TIME ZONE 'UTC' - interval '1 day'
  AND s.due_at < :last::date::timestamp AT TIME ZONE 'UTC' + interval '2 days'
  AND run_is_open(e.state) AND e.id > :after
  AND (:owner::text IS NULL OR coalesce(pl.owner_id, p.owner_id) = :owner)
GROUP BY e.id ORDER BY e.id LIMIT :limit;

-- name: runs_off_closed_days(owner, after, limit)
-- null: owner
-- Open runs with a step that a closed day had moved.
SELECT DISTINCT e.id, e.person_id FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN person p ON p.id = e.person_id LEFT JOIN placement pl ON e.record_type = 'placement' AND pl.id = e.record_id
WHERE s.state = 'planned' AND (s.moved_by @> ARRAY['closed'] OR s.reason LIKE '%closed%')
  AND run_is_open(e.state) AND e.id > :after
  AND (:owner::text IS NULL OR coalesce(pl.owner_id, p.owner_id) = :owner)
ORDER BY e.id LIMIT :limit;

-- name: plans_asked_for()$
-- not null: plans_asked_for
-- How many runs are still to be planned again because of closed days.
SELECT count(*) AS plans_asked_for FROM reaction
WHERE handled_at IS NULL AND kind = 'field_changed' AND detail ? 'closed_days';
