-- name: calendar_steps(start, stop, owner, limit)
-- row: CalendarRow
-- Planned steps of open runs. A paused run plans anew when it is resumed: its instants are those of before.
-- Steps that wait for day zero have no instant: they stand at the end of a calendar that has none.
SELECT s.due_at, s.timezone, s.timezone_source, s.moved_by, s.reason, s.step, e.id AS enrollment, e.sequence, e.version,
       e.state, e.person_id, e.record_id, e.owner_id,
       EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id)) AS held
FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.state = 'planned' AND (s.due_at IS NOT NULL OR (s.reason = 'no_day_zero' AND :stop::timestamptz IS NULL)) AND run_is_open(e.state)
  AND (:start::timestamptz IS NULL OR s.due_at IS NULL OR s.due_at >= :start)
  AND (:stop::timestamptz IS NULL OR s.due_at < :stop)
  AND (:owner::text IS NULL OR e.owner_id = :owner)
ORDER BY s.due_at NULLS LAST, e.id, s.position LIMIT :limit;

-- name: calendar_steps_of_sequence(start, stop, sequence, owner, limit)
-- row: CalendarRow
-- The same of one sequence. OFFSET: asked of each of its runs, or the planned steps of all sequences would be read for it.
SELECT s.due_at, s.timezone, s.timezone_source, s.moved_by, s.reason, s.step, e.id AS enrollment, e.sequence, e.version,
       e.state, e.person_id, e.record_id, e.owner_id,
       EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id)) AS held
FROM enrollment e CROSS JOIN LATERAL (
    SELECT * FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
      AND (due_at IS NOT NULL OR (reason = 'no_day_zero' AND :stop::timestamptz IS NULL))
      AND (:start::timestamptz IS NULL OR due_at IS NULL OR due_at >= :start)
      AND (:stop::timestamptz IS NULL OR due_at < :stop)
    OFFSET 0
) s
WHERE e.sequence = :sequence AND run_is_open(e.state) AND (:owner::text IS NULL OR e.owner_id = :owner)
ORDER BY s.due_at NULLS LAST, e.id, s.position LIMIT :limit;

-- name: calendar_days(start, stop, sequence, owner, limit)
-- row: CalendarCountRow
-- not null: sequence, step, version, number, waiting
-- null: start, stop, sequence, owner
-- Numbers per day, step and version, of the first days: the earliest first, and last what waits for its date.
SELECT c.day, c.sequence, c.step, c.version, c.number, c.waiting, c.first_at, c.last_at, c.timezone
FROM (SELECT *, dense_rank() OVER (ORDER BY day NULLS LAST) AS place
      FROM calendar_counts(:start::timestamptz, :stop::timestamptz, :sequence::text, :owner::text)) c
WHERE c.place <= :limit::bigint
ORDER BY c.place, c.first_at, c.sequence, c.step, c.version;

-- name: calendar_groups(start, stop, sequence, owner, limit)
-- row: CalendarCountRow
-- not null: sequence, step, version, number, waiting
-- null: start, stop, sequence, owner
-- The same of the first pairs of a day and a step, whatever the version.
SELECT c.day, c.sequence, c.step, c.version, c.number, c.waiting, c.first_at, c.last_at, c.timezone
FROM (SELECT g.*, dense_rank() OVER (ORDER BY g.group_at NULLS LAST, g.day, g.sequence, g.step) AS place
      FROM (SELECT *, min(first_at) OVER (PARTITION BY day, sequence, step) AS group_at
            FROM calendar_counts(:start::timestamptz, :stop::timestamptz, :sequence::text, :owner::text)) g) c
WHERE c.place <= :limit::bigint
ORDER BY c.place, c.first_at, c.version;

-- name: calendar_recipients(days, sequences, steps, start, stop, sequence, owner)
-- not null: moved_by, step, enrollment, sequence, version, state, person_id, record_id
-- null: days[], start, stop, sequence, owner
-- The planned steps of these pairs of a day and a step, in the order of a calendar.
SELECT p.day, p.due_at, p.timezone, p.timezone_source, p.moved_by, p.reason, p.step, p.enrollment, p.sequence,
       p.version, p.state, p.person_id, p.record_id, p.owner_id,
       EXISTS (SELECT 1 FROM holds_over(p.sequence, p.owner_id)) AS held
FROM planned_steps(:start::timestamptz, :stop::timestamptz, :sequence::text, :owner::text) p
JOIN unnest(:days::date[], :sequences::text[], :steps::text[]) AS g(day, sequence, step)
  ON coalesce(g.day, 'infinity') = coalesce(p.day, 'infinity') AND g.sequence = p.sequence AND g.step = p.step
ORDER BY p.due_at NULLS LAST, p.enrollment, p.position;

-- name: make_calendar_link(id, owner, at)!
-- One is good for each owner; a second order finds the first.
INSERT INTO calendar_link (id, owner_id, made_at) VALUES (:id, :owner, :at) ON CONFLICT DO NOTHING;

-- name: calendar_link_of(owner)$
SELECT id FROM calendar_link WHERE owner_id = :owner AND ended_at IS NULL;

-- name: owner_of_calendar_link(id)$
SELECT owner_id FROM calendar_link WHERE id = :id AND ended_at IS NULL;

-- name: end_calendar_link(owner, at)$
UPDATE calendar_link SET ended_at = :at WHERE owner_id = :owner AND ended_at IS NULL RETURNING id;
