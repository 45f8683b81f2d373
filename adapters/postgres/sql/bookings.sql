-- name: booking_row(id)^
-- null: run, person_id, send_id, meeting
-- What is known of a booking that came before: its run, and the booking that the meeting began with.
SELECT e.id AS run, e.person_id, i.send_id, i.detail ->> 'meeting' AS meeting
FROM inbound i LEFT JOIN send s ON s.id = i.send_id LEFT JOIN enrollment e ON e.id = coalesce(i.attached_to, s.enrollment_id)
WHERE i.id = :id;
