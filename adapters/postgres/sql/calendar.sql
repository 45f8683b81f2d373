-- name: calendar(start, stop, owner, limit)
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

-- name: calendar_of_sequence(start, stop, sequence, owner, limit)
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

-- name: make_calendar_link(id, owner, at)!
-- One is good for each owner; a second order finds the first.
INSERT INTO calendar_link (id, owner_id, made_at) VALUES (:id, :owner, :at) ON CONFLICT DO NOTHING;

-- name: calendar_link_of(owner)$
SELECT id FROM calendar_link WHERE owner_id = :owner AND ended_at IS NULL;

-- name: owner_of_calendar_link(id)$
SELECT owner_id FROM calendar_link WHERE id = :id AND ended_at IS NULL;

-- name: end_calendar_link(owner, at)$
UPDATE calendar_link SET ended_at = :at WHERE owner_id = :owner AND ended_at IS NULL RETURNING id;
