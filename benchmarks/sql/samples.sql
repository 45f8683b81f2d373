-- Rows of the seeded database whose values the queries are called with: columns are named as parameters are. The order is
-- the same each time, and no order of the table's own.

-- sample: person
SELECT id, id AS person_id, email_key AS email, phone_key AS phone, email_key AS address, email_key AS key, client_id, owner_id, 'person' AS entity, id AS entity_id, 's3' AS sequence, id AS record_id
FROM person WHERE email_key IS NOT NULL AND deleted_at IS NULL AND id LIKE '%3' ORDER BY md5(id) LIMIT 40;

-- sample: shared_address
SELECT id, id AS person_id, email_key AS email, phone_key AS phone, email_key AS address, email_key AS key, client_id, owner_id, 's3' AS sequence
FROM person WHERE email_key LIKE '%@shared.example' ORDER BY md5(id) LIMIT 40;

-- sample: merged
SELECT id, id AS person_id, merged_into AS "into", merged_into AS root FROM person WHERE merged_into IS NOT NULL ORDER BY md5(id) LIMIT 40;

-- sample: placement
SELECT id, id AS record_id, person_id, client_id, owner_id, 'placement' AS entity, id AS entity_id, 's31' AS sequence
FROM placement WHERE client_id IS NOT NULL AND owner_id IS NOT NULL ORDER BY md5(id) LIMIT 40;

-- sample: client
SELECT id, id AS client_id, 'client' AS entity, id AS entity_id FROM client WHERE substr(id, 2)::int > 15 ORDER BY md5(id) LIMIT 40;

-- sample: large_client
SELECT id, id AS client_id, 'client' AS entity, id AS entity_id FROM client WHERE substr(id, 2)::int <= 3;

-- sample: owner
SELECT id, id AS owner_id, id AS owner, 'owner' AS scope, id AS key, 'owner' AS entity, id AS entity_id, 'email' AS channel, email AS address
FROM owner WHERE id <> 'o33' AND id <> 'o35' ORDER BY md5(id) LIMIT 40;

-- sample: sequence
SELECT DISTINCT sequence, 2 AS version, 'sequence' AS scope, sequence AS key, md5(sequence) FROM sequence_version ORDER BY md5(sequence);

-- sample: held_sequence
SELECT 'sequence' AS scope, 's34' AS key;

-- sample: run
-- Open and begun.
SELECT id, id AS enrollment_id, sequence, record_type, record_id, person_id, owner_id, version, workflow_id, id AS after
FROM enrollment WHERE state = 'active' ORDER BY md5(id) LIMIT 40;

-- sample: placement_run
SELECT id, id AS enrollment_id, sequence, record_type, record_id, person_id, owner_id, version, workflow_id
FROM enrollment WHERE state = 'active' AND record_type = 'placement' ORDER BY md5(id) LIMIT 40;

-- sample: closed_run
SELECT id, id AS enrollment_id, sequence, record_type, record_id, person_id, owner_id, version, workflow_id
FROM enrollment WHERE state = 'finished' ORDER BY md5(id) LIMIT 40;

-- sample: run_rows
-- What is written of runs that are planned to their ends: each call writes of one.
SELECT jsonb_build_array(jsonb_build_object('enrollment_id', id, 'kind', 'seed', 'detail', '{}'::jsonb, 'key', 'seed')) AS events,
       jsonb_build_array(jsonb_build_object('enrollment_id', id, 'step', 'five', 'position', 4, 'state', 'planned',
                                            'due_at', enrolled_at, 'moved_by', '[]'::jsonb, 'judged_at', enrolled_at)) AS steps
FROM enrollment WHERE state = 'active' ORDER BY md5(id) LIMIT 40;

-- sample: planned_step
SELECT t.enrollment_id, t.step, t.position FROM enrollment_step t WHERE t.state = 'planned' AND left(t.enrollment_id, 2) = 'e7' ORDER BY md5(enrollment_id) LIMIT 40;

-- sample: send
-- Went out, of a run that is open.
SELECT s.id, s.id AS send_id, s.enrollment_id, s.step, s.person_id, s.channel, s.sender, s.recipient, coalesce(s.recipient_key, lower(s.recipient)) AS address,
       coalesce(s.recipient_key, lower(s.recipient)) AS key, s.message_id, s.provider_message_id, e.sequence, s.claimed_by AS claimer, e.record_id
FROM enrollment e JOIN send s ON s.enrollment_id = e.id
WHERE e.state = 'active' AND s.state = 'sent' AND s.channel = 'email' ORDER BY md5(s.id) LIMIT 40;

-- sample: shared_send
SELECT s.id, s.id AS send_id, s.enrollment_id, s.step, s.person_id, s.channel, s.sender, s.recipient, coalesce(s.recipient_key, lower(s.recipient)) AS address,
       coalesce(s.recipient_key, lower(s.recipient)) AS key, s.message_id, s.provider_message_id, e.sequence, s.claimed_by AS claimer
FROM person p JOIN send s ON s.person_id = p.id JOIN enrollment e ON e.id = s.enrollment_id
WHERE p.email_key LIKE '%@shared.example' AND s.channel = 'email' ORDER BY md5(s.id) LIMIT 40;

-- sample: planned_send
SELECT s.id, s.id AS send_id, s.enrollment_id, s.step, s.person_id, s.channel, s.sender, s.recipient, e.sequence, 'worker-9' AS claimer
FROM enrollment e JOIN send s ON s.enrollment_id = e.id WHERE e.state = 'active' AND s.state = 'planned' ORDER BY md5(s.id) LIMIT 40;

-- sample: claimed_send
SELECT s.id, s.id AS send_id, s.enrollment_id, s.step, s.person_id, s.channel, s.claimed_by AS claimer
FROM enrollment e JOIN send s ON s.enrollment_id = e.id WHERE run_is_open(e.state) AND s.state IN ('claimed', 'unknown') ORDER BY md5(s.id) LIMIT 40;

-- sample: settled_step
SELECT e.id AS run, e.version, e.plan_revision AS revision, md5(plan_rows(e.id)::text) AS mark, s.step, '[]'::jsonb AS steps, s.id AS send, s.claimed_by AS claimer
FROM enrollment e JOIN send s ON s.enrollment_id = e.id WHERE run_is_open(e.state) AND s.state IN ('claimed', 'unknown') ORDER BY md5(s.id) LIMIT 40;

-- sample: unstored_send
SELECT e.id AS run, e.version, e.plan_revision AS revision, md5(plan_rows(e.id)::text) AS mark, 'worker-9' AS claimer,
       jsonb_build_object('id', 'sseed' || e.id, 'step', 'seed', 'person_id', p.id, 'channel', 'email', 'sender', 'dana@agency.example',
                          'recipient', p.email, 'subject', 'seed', 'message_id', '<seed-' || e.id || '@agency.example>') AS send
FROM enrollment e JOIN person p ON p.id = e.person_id WHERE e.state = 'active' AND p.email IS NOT NULL ORDER BY md5(e.id) LIMIT 40;

-- sample: text
SELECT s.id, s.id AS send_id, s.enrollment_id, s.step, s.person_id, s.channel, s.sender, s.recipient, s.recipient AS address, s.recipient AS key, s.provider_message_id, s.text, s.claimed_by AS claimer, 's3' AS sequence
FROM enrollment e JOIN send s ON s.enrollment_id = e.id WHERE e.state = 'active' AND s.channel = 'sms' AND s.state = 'sent' ORDER BY md5(s.id) LIMIT 40;

-- sample: link
SELECT id, id AS link_id, send_id, target FROM send_link WHERE id LIKE 'la%' ORDER BY md5(id) LIMIT 40;

-- sample: hit
SELECT h.id, l.send_id, h.link_id FROM hit h JOIN send_link l ON l.id = h.link_id WHERE h.id % 97 = 1 ORDER BY md5(h.id::text) LIMIT 40;

-- sample: inbound
SELECT i.id, i.id AS inbound_id, i.key, i.sender AS address, i.send_id, s.enrollment_id, i.channel, i.received_at AS before, split_part(i.key, '>', 1) || '>' AS low, split_part(i.key, '>', 1) || '?' AS high
FROM inbound i JOIN send s ON s.id = i.send_id ORDER BY md5(i.id) LIMIT 40;

-- sample: unmatched
SELECT i.id, i.id AS inbound_id, i.key, i.sender AS address, i.channel, 'x' AS enrollment_id FROM inbound i WHERE i.state = 'unmatched' ORDER BY md5(i.id) LIMIT 40;

-- sample: reply
SELECT r.id, r.id AS reaction_id, r.id AS reply, r.enrollment_id, r.person_id, r.inbound_id, r.key, r.send_id FROM reaction r WHERE r.kind = 'replied' ORDER BY md5(r.id) LIMIT 40;

-- sample: unread_reply
SELECT r.id, r.id AS reaction_id FROM reaction r WHERE r.kind = 'replied' AND r.reviewed_at IS NULL ORDER BY md5(r.id) LIMIT 40;

-- sample: delivery
SELECT f.id, f.id AS follow_up, f.enrollment_id, f.cause, f.position FROM follow_up f WHERE f.kind IN ('webhook', 'enroll') ORDER BY md5(f.id) LIMIT 40;

-- sample: window
SELECT id, sequence, person_id, person_id AS root, record_id, scope, enrollment_id FROM reenrollment_window WHERE state = 'open' AND scope = 'person' ORDER BY md5(id) LIMIT 40;

-- sample: refusal
SELECT sequence, person_id, record_id FROM refusal WHERE state = 'standing' AND via = 'rule' ORDER BY md5(id::text) LIMIT 40;

-- sample: change_batch
SELECT id, id AS batch, id AS changes FROM change_batch WHERE watched_at IS NULL ORDER BY md5(id) LIMIT 40;

-- sample: change
SELECT id FROM change WHERE watched_at IS NULL ORDER BY md5(id::text) LIMIT 40;

-- sample: crm_event
SELECT c.event_id AS id, c.event_id, c.entity, c.entity_id FROM change c WHERE c.id % 9973 = 1 AND c.event_id IS NOT NULL ORDER BY md5(c.id::text) LIMIT 40;

-- sample: rule_batch
SELECT id, id AS batch, sequence, sequence AS key FROM rule_batch WHERE state = 'held';

-- sample: queue
SELECT sequence, record_id, person_id FROM rule_queue ORDER BY md5(record_id) LIMIT 40;

-- sample: notification
SELECT id, owner_id, owner_id AS owner FROM notification WHERE to_mail ORDER BY md5(id) LIMIT 40;

-- sample: notice_mail
SELECT id, id AS mail_id, owner_id FROM notice_mail ORDER BY md5(id) LIMIT 40;

-- sample: company_opt_out
SELECT reaction_id, person_id, client_id FROM company_opt_out ORDER BY md5(reaction_id) LIMIT 40;

-- sample: colleague
SELECT p.client_id, p.id AS person_id, e.sequence FROM person p JOIN enrollment e ON e.person_id = p.id WHERE p.client_id IS NOT NULL ORDER BY md5(e.id) LIMIT 40;

-- sample: answer
SELECT id, reaction_id, enrollment_id, person_id, recipient, channel, message_id FROM answer ORDER BY md5(id) LIMIT 40;

-- sample: suppression
SELECT s.id, s.person_id, a.address, s.channel, s.reason, s.source FROM suppression s JOIN suppressed_address a ON a.suppression_id = s.id WHERE s.person_id IS NOT NULL ORDER BY md5(s.id::text) LIMIT 40;

-- sample: mailbox
SELECT channel, address FROM mailbox ORDER BY md5(address) LIMIT 40;

-- sample: list
SELECT DISTINCT list, 'p1' AS person_id FROM list_member ORDER BY list;

-- sample: form_link
SELECT k.id, k.id AS link_id, k.enrollment_id, k.form, 2 AS version, s.id AS submission_id
FROM form_link k JOIN form_submission s ON s.link_id = k.id ORDER BY md5(k.id) LIMIT 40;

-- sample: upload
SELECT id, submission_id FROM upload ORDER BY md5(id) LIMIT 40;

-- sample: user
SELECT u.id, u.id AS user_id, u.email, u.email_key, u.name, u.role, u.owner_id, u.team, s.id AS session_id, s.hash
FROM console_user u JOIN LATERAL (SELECT id, hash FROM console_session WHERE user_id = u.id ORDER BY id LIMIT 1) s ON true
ORDER BY md5(u.id) LIMIT 40;
