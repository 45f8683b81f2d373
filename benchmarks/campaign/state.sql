-- name: sends
SELECT s.id, s.enrollment_id AS enrollment, s.step, s.person_id AS person, s.channel, s.state, s.message_id, s.resolution,
       s.claimed_at, s.decided_at, s.reason, e.sequence, e.record_id AS record
FROM send s JOIN enrollment e ON e.id = s.enrollment_id ORDER BY s.id;

-- name: doubts
SELECT enrollment_id AS enrollment, detail ->> 'send' AS send, at FROM enrollment_event WHERE kind = 'send_unknown'
ORDER BY id;

-- name: notifications
SELECT enrollment_id AS enrollment, kind, title, created_at AS at FROM notification ORDER BY created_at, id;

-- name: enrollments
SELECT id, workflow_id AS workflow, sequence, record_id AS record, person_id AS person, state, reason, enrolled_at,
       ended_at
FROM enrollment ORDER BY id;

-- name: due_steps
SELECT t.enrollment_id AS enrollment, e.person_id AS person, e.sequence, e.record_id AS record, t.step, t.due_at
FROM enrollment_step t JOIN enrollment e ON e.id = t.enrollment_id
WHERE t.state = 'planned' AND t.due_at IS NOT NULL AND e.state = 'active' ORDER BY t.due_at;

-- name: inbound
SELECT i.id, i.channel, i.event, i.state, i.received_at, i.detail ->> 'MessageSid' AS sid,
       substring(convert_from(i.raw, 'LATIN1') from 'i[0-9]{6}@people\.example') AS mail,
       substring(convert_from(i.raw, 'LATIN1') from 'SM[0-9a-f]{32}') AS text
FROM inbound i ORDER BY i.received_at;

-- name: reactions
SELECT r.id, r.enrollment_id AS enrollment, e.sequence, r.person_id AS person, r.kind, r.inbound_id AS inbound,
       r.received_at, r.handled_at, r.late
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id ORDER BY r.received_at;

-- name: records
SELECT 'person' AS entity, id, id AS person, status, NULL AS start_date FROM person
UNION ALL SELECT 'placement', id, person_id, status, start_date FROM placement ORDER BY 1, 2;

-- name: unrest
SELECT (SELECT count(*) FROM enrollment WHERE state = 'starting') AS starting,
       (SELECT count(*) FROM reenrollment_window WHERE state = 'opening') AS opening,
       (SELECT count(*) FROM change WHERE watched_at IS NULL) AS unwatched,
       (SELECT count(*) FROM send WHERE state = 'claimed') AS claimed,
       (SELECT count(*) FROM reaction WHERE handled_at IS NULL) AS unhandled,
       -- A click is judged after half a minute.
       (SELECT count(*) FROM hit WHERE verdict IS NULL) AS unjudged,
       (SELECT count(*) FROM follow_up WHERE state = 'pending') AS undelivered,
       (SELECT count(*) FROM enrollment_step t JOIN enrollment e ON e.id = t.enrollment_id
        WHERE t.state = 'planned' AND t.due_at < now() - interval '5 seconds' AND e.state = 'active') AS overdue;
