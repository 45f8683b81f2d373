-- What one person's page shows, of several runs at once.

-- name: console_person_head(id)^
-- not null: suppressed, open_runs
SELECT p.*, nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name, c.name AS client_name,
       (SELECT count(*) FROM enrollment e WHERE e.person_id = p.id AND run_is_open(e.state)) AS open_runs,
       EXISTS (SELECT 1 FROM suppressions_on(p.id, ARRAY[p.email_key, p.phone_key])) AS suppressed
FROM person p LEFT JOIN owner o ON o.id = p.owner_id LEFT JOIN client c ON c.id = p.client_id WHERE p.id = :id;

-- name: console_contacts(person_id, limit)
-- That somebody was contacted, when, on which channel and by whom: everybody may see that.
SELECT s.claimed_at AS at, s.channel, e.sequence, v.definition ->> 'name' AS sequence_name, e.owner_id,
       nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
LEFT JOIN owner o ON o.id = e.owner_id
WHERE s.person_id = :person_id AND s.state IN ('claimed', 'sent', 'unknown')
ORDER BY s.claimed_at DESC, s.id LIMIT :limit;

-- name: console_suppressions(person_id, email, phone)
-- null: email, phone
-- not null: channel, reason, source, since
SELECT channel, reason, source, since, address FROM suppressions_on(:person_id, ARRAY[:email, :phone]::text[]) ORDER BY since, id;

-- name: console_runs(ids)
SELECT * FROM enrollment WHERE id = ANY(:ids::text[]);

-- name: console_sends_of_runs(ids)
-- Without their bytes: a page of twenty runs would read all their attachments.
SELECT id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, message_id,
       ''::bytea AS content, text, planned_at, claimed_at, claimed_by, decided_at, provider_message_id,
       provider_status, code, reason, attempts, variant, slot_at, tells_opt_out, provider_error, looked_claim,
       looked_at, next_look_at, resolution, resolved_at, recipient_key, handed_at, waits_since, undelivered_at,
       undelivered_reason, of_version, follow_up_id
FROM send WHERE enrollment_id = ANY(:ids::text[]) ORDER BY enrollment_id, planned_at, id;

-- name: console_reactions_of_runs(ids)
-- row: ReactionsOfRow
SELECT r.*, i.reply_text, l.target AS link_target FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id
LEFT JOIN send_link l ON l.id = r.detail ->> 'link'
WHERE r.enrollment_id = ANY(:ids::text[]) ORDER BY r.enrollment_id, r.received_at, r.id;

-- name: console_follow_ups_of_runs(ids)
SELECT * FROM follow_up WHERE enrollment_id = ANY(:ids::text[]) ORDER BY enrollment_id, at, cause, position;

-- name: console_tasks_of_runs(ids)
-- row: TasksOfRow
SELECT id, enrollment_id, title, due_at, owner_id FROM task WHERE enrollment_id = ANY(:ids::text[]);

-- name: console_events_of_runs(ids)
SELECT * FROM enrollment_event WHERE enrollment_id = ANY(:ids::text[]) ORDER BY enrollment_id, id;

-- name: console_events_of_person(person_id, limit)
-- Life events that the CRM or somebody wrote; what our own messages and replies made is in the runs.
SELECT kind, at, origin FROM person_event WHERE person_id = :person_id AND origin <> 'relance'
ORDER BY at DESC, id LIMIT :limit;

-- name: sequences_to_ask_about()
-- not null: name
SELECT v.sequence, coalesce(v.definition ->> 'name', v.sequence) AS name, v.definition ->> 'record' AS record,
       EXISTS (SELECT FROM archived_sequence a WHERE a.sequence = v.sequence) AS archived
FROM sequence_version v
WHERE NOT EXISTS (SELECT 1 FROM sequence_version n WHERE n.sequence = v.sequence AND n.version > v.version)
ORDER BY 2, 1;
