-- name: booking_row(id)^
-- null: run, person_id, send_id
-- What is known of a booking that came before: its run.
SELECT e.id AS run, e.person_id, i.send_id
FROM inbound i LEFT JOIN send s ON s.id = i.send_id LEFT JOIN enrollment e ON e.id = coalesce(i.attached_to, s.enrollment_id)
WHERE i.id = :id;

-- name: tellings_of_run(enrollment_id, calendar)
-- not null: key, event, detail
-- What a calendar has told of the meetings of a run.
SELECT i.key, i.event, i.detail FROM send s JOIN inbound i ON i.send_id = s.id
WHERE s.enrollment_id = :enrollment_id AND i.attached_to IS NULL
  AND i.event IN ('meeting_booked', 'meeting_moved', 'meeting_cancelled')
  AND i.detail ->> 'calendar' = :calendar::text
UNION ALL
SELECT i.key, i.event, i.detail FROM inbound i
WHERE i.attached_to = :enrollment_id AND i.event IN ('meeting_booked', 'meeting_moved', 'meeting_cancelled')
  AND i.detail ->> 'calendar' = :calendar::text;

-- name: meetings_booked(enrollment_id, calendar)$
-- not null: count
-- How many meetings a run has heard of as booked.
SELECT count(*) FROM reaction
WHERE enrollment_id = :enrollment_id AND kind = 'meeting_booked' AND detail ->> 'calendar' = :calendar::text;
