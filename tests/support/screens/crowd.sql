-- Rows of a crowd, beside the full world of full_world.py: everything follows from the number of a row. :now, :main
-- (a sequence), :sequences, :title and :word (a long one) are put in by crowd.py.

INSERT INTO owner (id, first_name, last_name, email)
SELECT 'co' || n, 'Annegret-Friederike', 'Schmidt-Rottenburger ' || n,
       'annegret-friederike.schmidt-rottenburger.' || n || '@personaldienstleistungen.agency.example'
FROM generate_series(1, 12) n;

INSERT INTO client (id, name, timezone, city)
SELECT 'cc' || n, 'Donau-Dampfschifffahrt und Logistik ' || n || ' GmbH & Co. KG', 'Europe/Vienna', 'Wien'
FROM generate_series(1, 20) n;

INSERT INTO person (id, type, first_name, last_name, email, phone, timezone, status, company, job_title, city, language,
                    source, owner_id, client_id, created, last_contacted, email_key, phone_key, keys_stale)
SELECT 'c' || n, 'Candidate', CASE n % 3 WHEN 0 THEN 'Bo' ELSE 'Maximiliane-Alexandra Friederike' END,
       CASE n % 3 WHEN 1 THEN 'Wolfeschlegelsteinhausenbergerdorff' ELSE 'Lund' END || ' ' || n, made.email,
       '+4915' || lpad(n::text, 8, '0'), CASE n % 4 WHEN 0 THEN 'America/Argentina/Buenos_Aires' ELSE 'Europe/London' END,
       CASE n % 5 WHEN 0 THEN 'Dead lead' ELSE 'Awake, and looking for something quite different' END, :word || ' ' || n,
       CASE n % 2 WHEN 0 THEN :word ELSE 'Senior lead of the department of international business development' END,
       'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', 'en', 'import', 'co' || 1 + n % 12,
       'cc' || 1 + n % 20, :now - interval '900 days', CASE WHEN n % 7 <> 0 THEN :now - interval '500 days' END,
       made.email, '+4915' || lpad(n::text, 8, '0'), false
FROM generate_series(1, 300) n, LATERAL (
    SELECT 'maximiliane-alexandra.wolfeschlegelsteinhausenbergerdorff.' || n || '@kanzlei-und-steuerberatung.example' AS email) made;

INSERT INTO placement (id, person_id, client_id, owner_id, status, start_date, job_title, timezone, location)
SELECT 'cp' || n, 'c' || n, 'cc' || 1 + n % 20, 'co' || 1 + n % 12, 'On Assignment', to_char(:now + interval '20 days', 'YYYY-MM-DD'),
       :word, 'Europe/Vienna', 'Wien'
FROM generate_series(1, 40) n;

CREATE TEMPORARY TABLE crowd_run ON COMMIT DROP AS
SELECT 'e' || left(md5('crowd' || v.sequence || n), 26) AS id, v.sequence, v.version, n,
       v.definition->>'record' AS record, 'c' || n AS person_id, 'co' || 1 + n % 12 AS owner_id,
       row_number() OVER (ORDER BY v.sequence, n) AS number, :now - make_interval(days => 20 + n % 90) AS began,
       CASE n % 6 WHEN 0 THEN 'finished' WHEN 1 THEN 'paused' WHEN 2 THEN 'stopped' ELSE 'active' END AS state
FROM sequence_version v, generate_series(1, 300) n
WHERE v.sequence = ANY (:sequences) AND n <= CASE v.definition->>'record' WHEN 'placement' THEN 40 ELSE 300 END
  AND (v.sequence = :main OR n = 1 OR n % 10 = 3);

INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage,
                        state, reason, enrolled_at, started_at, ended_at)
SELECT id, 'enrollment:' || sequence || ':' || n, sequence, version, record, CASE record WHEN 'placement' THEN 'cp' || n ELSE person_id END,
       person_id, owner_id, CASE n % 3 WHEN 0 THEN 'hand' ELSE 'rule' END, '{}', state, CASE state WHEN 'stopped' THEN 'replied' END,
       began, began, CASE WHEN state IN ('finished', 'stopped') THEN :now - interval '2 days' END
FROM crowd_run;

INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, decided_at, timezone, timezone_source, judged_at)
SELECT r.id, s.step->>'id', s.place - 1,
       CASE WHEN s.place = 1 THEN 'sent' WHEN r.state IN ('active', 'paused') THEN 'planned' ELSE 'cancelled' END,
       CASE WHEN s.place = 1 THEN r.began ELSE :now + make_interval(days => (s.place - 2)::int * 4, hours => (r.n % 60)::int) END,
       CASE WHEN s.place = 1 OR r.state IN ('finished', 'stopped') THEN r.began END, 'America/Argentina/Buenos_Aires', 'person', r.began
FROM crowd_run r JOIN sequence_version v ON v.sequence = r.sequence AND v.version = r.version,
     LATERAL jsonb_array_elements(v.definition->'steps') WITH ORDINALITY s(step, place);

INSERT INTO enrollment_pause (enrollment_id, started_at, reason) SELECT id, :now - interval '1 day', 'by hand' FROM crowd_run WHERE state = 'paused';

INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key) SELECT id, began, 'enrolled', '{"by": "rule"}', 'crowd' FROM crowd_run;

INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, message_id, content, text,
                  planned_at, claimed_at, claimed_by, decided_at, attempts, undelivered_at, undelivered_reason, handed_at, reason)
SELECT 's' || left(md5(r.id), 26), r.id, s.step, r.person_id, 'email',
       CASE WHEN r.number % 17 = 0 THEN 'unknown' ELSE 'sent' END,
       'annegret-friederike.schmidt-rottenburger.' || 1 + r.n % 12 || '@personaldienstleistungen.agency.example', p.email,
       'About your ' || :word || ' and what it means for you', '<crowd-' || r.id || '@agency.example>', 'x', 'text', r.began, r.began, 'worker-1',
       r.began, 1, CASE WHEN r.n % 11 = 0 THEN r.began END,
       CASE WHEN r.n % 11 = 0 THEN '550 5.1.1 The address of ' || :word || '@example does not exist here' END, r.began,
       CASE WHEN r.number % 17 = 0 THEN 'the server of kanzlei-und-steuerberatung-der-donauschifffahrt.example hung up' END
FROM crowd_run r JOIN person p ON p.id = r.person_id JOIN enrollment_step s ON s.enrollment_id = r.id AND s.position = 0;

INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, detail, send_id, state)
SELECT 'i' || left(md5(r.id), 26), 'crowd' || r.id, 'email', :now - make_interval(hours => r.n::int),
       convert_to('From: x@example.com' || chr(10) || 'Subject: Re: ' || :word || chr(10) || chr(10) || 'Yes', 'UTF8'), 'human', p.email,
       words.said, words.said, '{}', CASE WHEN r.n % 4 <> 3 THEN 's' || left(md5(r.id), 26) END,
       CASE WHEN r.n % 4 = 3 THEN 'unmatched' ELSE 'matched' END
FROM crowd_run r JOIN person p ON p.id = r.person_id, LATERAL (
    SELECT CASE r.n % 3 WHEN 0 THEN 'Yes' WHEN 1 THEN 'https://' || lower(:word) || '.example/' || repeat(lower(:word), 3)
           ELSE repeat('I have read this with great interest, and would like to hear more of it. ', 12) END AS said) words
WHERE r.sequence = :main AND r.n <= 120;

INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at, delivered_at,
                      label, confidence, intent, opt_out, held_for_review, score_reasons, handled_at, decision, decision_reason, address)
SELECT 'r' || left(md5(r.id), 26), 'crowd:' || r.id, r.id, r.person_id, 'replied', 'email', 's' || left(md5(r.id), 26),
       'i' || left(md5(r.id), 26), false, '{}', :now - make_interval(hours => r.n::int), :now,
       (ARRAY['positive', 'negative', 'neutral'])[1 + r.n % 3], 0.6, 'later', false, r.n % 2 = 0,
       CASE WHEN r.n % 2 = 0 THEN '{below_threshold}'::text[] ELSE '{}' END, :now, 'stop', 'replied', p.email
FROM crowd_run r JOIN person p ON p.id = r.person_id WHERE r.sequence = :main AND r.n <= 120 AND r.n % 4 <> 3;

INSERT INTO task (id, title, kind, due_at, owner_id, person_id, enrollment_id, state, created_at)
SELECT 'f' || left(md5('task' || id), 26), :title, CASE n % 2 WHEN 0 THEN 'call' ELSE 'linkedin' END,
       :now + make_interval(hours => (n % 72 - 40)::int), CASE n % 3 WHEN 0 THEN 'o1' ELSE owner_id END, person_id, id, 'open', began
FROM crowd_run WHERE sequence = :main AND n <= 100;

INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at)
SELECT 'crowd-' || n, person_id, 'source-' || lower(:word), owner_id, id, began FROM crowd_run WHERE sequence = :main AND n <= 80;

INSERT INTO list_member (list, person_id, added_at, enrollment_id)
SELECT CASE n % 15 WHEN 0 THEN lower(:word) ELSE 'a list of people ' || n % 15 END, person_id, began, id FROM crowd_run WHERE sequence = :main;

INSERT INTO suppression (person_id, address, channel, reason, source, since)
SELECT CASE WHEN n % 3 <> 0 THEN 'c' || n END, CASE WHEN n % 3 = 0 THEN p.email END,
       (ARRAY['all', 'email', 'sms'])[1 + n % 3], (ARRAY['opt_out', 'bounced', 'by_hand'])[1 + n % 3], 'crowd', :now
FROM generate_series(2, 120, 2) n JOIN person p ON p.id = 'c' || n;

INSERT INTO hold (id, scope, key, reason, since, rate)
SELECT 'h' || left(md5('crowd' || n), 20), 'owner', 'co' || n, 'On holiday until the ' || :word || ' is back, at the end of August', :now, 20
FROM generate_series(1, 12) n;

INSERT INTO mailbox (channel, address, started_on)
SELECT 'email', 'annegret-friederike.schmidt-rottenburger.' || n || '@personaldienstleistungen.agency.example', '2027-04-20' FROM generate_series(1, 12) n;

INSERT INTO mailbox_day (channel, address, day, used, next_at)
SELECT m.channel, m.address, :now::date, 37, :now + interval '20 minutes' FROM mailbox m WHERE address LIKE 'annegret%';

INSERT INTO mailbox_back_off (channel, address, since, until, code)
SELECT 'email', m.address, :now - interval '1 hour', :now + interval '3 hours', '451 4.7.1'
FROM mailbox m WHERE address LIKE '%.1@%' OR address LIKE '%.2@%';

INSERT INTO outage (service, since, seen_at, stage, code, reason)
VALUES ('mail server', :now - interval '2 hours', :now, 'connect', NULL, 'connection refused by smtp.' || lower(:word) || '.example');

INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)
SELECT 'b' || left(md5('crowd' || v.sequence), 20), v.sequence, v.version, 'scan', 'held', 120, :now - interval '1 hour'
FROM sequence_version v WHERE v.sequence = ANY (:sequences) AND v.definition->>'record' = 'person';

INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at)
SELECT :main, 'c' || n, 'c' || n, 'b' || left(md5('crowd' || :main), 20), 'held', :now FROM generate_series(120, 239) n;

INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, state, fields)
SELECT :main, 'c' || n, 'c' || n, (ARRAY['unreachable', 'missing_field', 'suppressed', 'window'])[1 + n % 4],
       'person.email is missing', 'rule', :now, :now, :now, 'standing', '{person.email}'
FROM generate_series(1, 100) n;

INSERT INTO closed_day (day, owner_id, since) SELECT :now::date + n * 3, CASE n % 2 WHEN 0 THEN 'co' || 1 + n % 12 END, :now FROM generate_series(1, 40) n;

INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, result, at)
SELECT 'f' || left(md5('dead' || id), 26), id, 'r' || left(md5(id), 26), 'replied.positive', 0, 'webhook',
       jsonb_build_object('webhook', jsonb_build_object('url', 'https://crm.' || lower(:word) || '.example/hooks/' || lower(:word))), 'dead',
       'the receiver answered 500 for three days: ' || :word, :now
FROM crowd_run WHERE sequence = :main AND n <= 60;

INSERT INTO console_user (id, email, email_key, name, role, owner_id, team, created_at)
SELECT 'u' || left(md5('crowd' || n), 26), made.email, made.email, 'Annegret-Friederike Schmidt-Rottenburger ' || n,
       (ARRAY['recruiter', 'lead', 'admin', 'auditor'])[1 + n % 4], 'co' || 1 + n % 12, 'Team of the north and of the south', :now
FROM generate_series(1, 40) n, LATERAL (
    SELECT 'annegret-friederike.schmidt-rottenburger.' || n || '@personaldienstleistungen.agency.example' AS email) made;

INSERT INTO audit_event (at, way, user_id, act, subject, address)
SELECT :now - make_interval(mins => n), (ARRAY['console', 'cli', 'api'])[1 + n % 3], 'u' || left(md5('crowd' || 1 + n % 40), 26),
       (ARRAY['review_reply', 'publish', 'pause_run', 'sign_in'])[1 + n % 4],
       CASE n % 4 WHEN 0 THEN 'person:c' || n % 300 WHEN 1 THEN 'sequence:' || :main ELSE 'job:j' || left(md5('crowd' || n), 26) END,
       '2001:db8:85a3:1234:5678:8a2e:370:' || n
FROM generate_series(1, 300) n;

INSERT INTO job (id, kind, subject, request, user_id, state, total, done, result, notes, problem, created_at, not_before, ended_at)
SELECT 'j' || left(md5('crowd' || n), 26), (ARRAY['move_runs', 'pause_runs', 'scan', 'plan_again'])[1 + n % 4], 'sequence:' || :main, '{"version": 1, "days": "24 Dec 2027 to 2 Jan 2028"}',
       'u' || left(md5('crowd' || 1 + n % 40), 26), (ARRAY['done', 'failed', 'cancelled', 'waiting'])[1 + n % 4], 300, n,
       CASE n % 4 WHEN 0 THEN '300 of 300 runs were moved' END,
       CASE n % 4 WHEN 0 THEN ARRAY['c12: the run is over', 'c' || :word || ': the step is not there any more'] ELSE '{}' END,
       CASE n % 4 WHEN 1 THEN 'Temporal is away: ' || :word END, :now - make_interval(mins => n), :now, CASE WHEN n % 4 <> 3 THEN :now END
FROM generate_series(1, 60) n;

INSERT INTO api_token (id, name, scopes, hash, created_at, created_by)
SELECT 'g' || left(md5('crowd' || n), 20), lower(:word) || '-' || n, '{hooks,enroll,read,steer,admin}', '\x00', :now, 'user:u' || left(md5('crowd1'), 26)
FROM generate_series(1, 20) n;

INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by)
SELECT 'o' || left(md5('crowd' || n), 20), lower(:word) || '-' || n, 'https://hooks.' || lower(:word) || '.example/' || lower(:word) || '/' || n, '\x00', :now,
       'user:u' || left(md5('crowd1'), 26)
FROM generate_series(1, 20) n;

INSERT INTO webhook_try (url, webhook_id, at, outcome, words)
SELECT e.url, 'f' || left(md5('try' || n), 26), :now - make_interval(mins => n), (ARRAY['done', 'again', 'dead'])[1 + n % 3], 'it answered 500: ' || :word
FROM generate_series(1, 60) n, webhook_endpoint e WHERE e.id = 'o' || left(md5('crowd1'), 20);
