-- name: events_of(person_id)
SELECT * FROM person_event WHERE person_id = :person_id ORDER BY at, id;

-- name: refusals_of(person_id)
SELECT * FROM refusal WHERE person_id = :person_id ORDER BY id;

-- name: sms_reports_of(send_id)
SELECT * FROM text_report WHERE send_id = :send_id ORDER BY at, status;
