-- A database of many people, the same for the same number of them: everything follows from the number of a row.
-- :people, :runs, :open, :placements, :clients, :owners and :sends are put in by benchmarks/sql/seed.py. Each section
-- fills one table. The time is that of a Sunday, :now.

-- table: owner
INSERT INTO owner (id, first_name, last_name, email)
SELECT 'o' || n, 'Dana', 'Owner ' || n, 'o' || n || '@agency.example' FROM generate_series(1, :owners) n;

-- table: client
INSERT INTO client (id, name, timezone, city)
SELECT 'c' || n, 'Client ' || n, 'Europe/London', 'City ' || n % 500 FROM generate_series(1, :clients) n;

-- table: person
-- A few clients have very many people, most have few; one person in a thousand shares an address with others.
INSERT INTO person (id, type, first_name, last_name, email, phone, timezone, status, company, job_title, city, language,
                    source, owner_id, client_id, custom, created, last_contacted, email_key, phone_key, keys_stale,
                    merged_into, deleted_at)
SELECT 'p' || n, CASE n % 3 WHEN 0 THEN 'Client contact' ELSE 'Candidate' END, 'Alex', 'Example ' || n % 5000,
       made.email, made.phone, 'Europe/London', 'status ' || n % 200, 'Company ' || n % 3000, 'Welder', 'City ' || n % 500,
       'en', 'import', 'o' || 1 + seed_pick(n, 1, :owners), 'c' || seed_skew(n, 2, :clients), jsonb_build_object('grade', n % 100),
       :now - make_interval(mins => seed_pick(n, 3, 1000000)),
       CASE WHEN n % 5 <> 0 THEN :now - make_interval(mins => seed_pick(n, 4, 1000000)) END,
       made.email, made.phone, false,
       CASE WHEN n % 500 = 7 THEN 'p' || n - 1 END, CASE WHEN n % 500 = 7 THEN :now - interval '90 days' END
FROM generate_series(1, :people) n,
     LATERAL (SELECT CASE WHEN n % 100 = 7 THEN NULL WHEN n % 1000 = 1 THEN 'info' || n % 20000 || '@shared.example'
                          ELSE 'p' || n || '@client.example' END AS email,
                     '+4479' || lpad(n::text, 8, '0') AS phone) made;

-- table: placement
INSERT INTO placement (id, person_id, client_id, owner_id, status, start_date, end_date, job_title, timezone, location)
SELECT 'l' || n, 'p' || 1 + seed_pick(n, 5, :people), CASE WHEN n % 4 <> 0 THEN 'c' || seed_skew(n, 6, :clients) END,
       CASE WHEN n % 4 <> 0 THEN 'o' || 1 + seed_pick(n, 7, :owners) END, 'On Assignment',
       to_char(:now + make_interval(days => seed_pick(n, 8, 400) - 300), 'YYYY-MM-DD'), NULL, 'Welder', 'Europe/London', 'Leeds'
FROM generate_series(1, :placements) n;

-- table: sequence_version
INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at)
SELECT 's' || n, version,
       jsonb_build_object('sequence', 's' || n, 'name', 'Sequence ' || n, 'record', CASE WHEN n < 30 THEN 'person' ELSE 'placement' END,
                          'steps', jsonb_build_array('one', 'two', 'three', 'four'), 'auto_enroll', jsonb_build_object('assigned_by', 'o1')),
       '{}', 'seed', :now - make_interval(days => 800 - 300 * version)
FROM generate_series(0, 39) n, generate_series(1, 2) version;

-- table: sequence_draft
INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at)
SELECT 's' || n, 1, '{}', '{}', 2, 'uzzzzzzzzzzzz', :now FROM generate_series(0, 39) n;

-- table: seed_run
-- Runs in the order of their beginning; the newest are open. Two of three are about a person, the others about a placement.
INSERT INTO seed_run (n, id, sequence, record_type, record_id, person_id, owner_id, state, open, step, enrolled_at, via)
SELECT n, 'e' || left(md5('e' || n), 26), made.sequence, CASE WHEN about THEN 'placement' ELSE 'person' END,
       CASE WHEN about THEN 'l' || number ELSE 'p' || number END, CASE WHEN about THEN pl.person_id ELSE 'p' || number END,
       'o' || 1 + seed_pick(n, 9, :owners),
       CASE WHEN NOT open THEN CASE n % 3 WHEN 0 THEN 'stopped' ELSE 'finished' END
            WHEN n % 12 = 0 THEN 'paused' WHEN n % 100 = 1 THEN 'held' WHEN n % 20 = 1 THEN 'reacting'
            WHEN n % 2000 = 3 THEN 'starting' ELSE 'active' END,
       open, CASE WHEN open THEN seed_pick(n, 10, 4) ELSE 4 END,
       :now - (:runs - n) * (interval '700 days' / :runs), CASE n % 5 WHEN 0 THEN 'hand' ELSE 'rule' END
FROM (SELECT n, n % 3 = 0 AS about, n > :runs - :open * 7 / 6 AND seed_pick(n, 11, 7) <> 0 AS open FROM generate_series(1, :runs) n) r
CROSS JOIN LATERAL (
    SELECT CASE WHEN about THEN 1 + n / 3 * 7919::bigint % :placements ELSE 1 + n * 7919::bigint % :people END AS number,
           's' || CASE WHEN about THEN 30 + (n / 3 + n / 3 / :placements) % 10 ELSE (n + n / :people) % 30 END AS sequence) made
LEFT JOIN placement pl ON about AND pl.id = 'l' || number;

-- table: enrollment
-- Every other owner sends from a mailbox of their own.
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage, state,
                        reason, enrolled_at, started_at, ended_at, mailbox_id)
SELECT id, 'enrollment:' || sequence || ':' || record_id, sequence, 1 + n % 2, record_type, record_id, person_id, owner_id, via,
       '{}', state, CASE WHEN state = 'stopped' THEN 'replied' END, enrolled_at, enrolled_at,
       CASE WHEN NOT open THEN least(enrolled_at + interval '30 days', :now) END,
       CASE WHEN substr(owner_id, 2)::int % 2 = 0 THEN 'x' || left(md5(owner_id), 20) END
FROM seed_run ORDER BY n;

-- table: enrollment_step
INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, decided_at, reason, timezone, timezone_source, judged_at)
SELECT r.id, (ARRAY['one', 'two', 'three', 'four'])[1 + position], position,
       CASE WHEN position < r.step THEN 'sent' WHEN r.open THEN 'planned' ELSE 'cancelled' END,
       CASE WHEN r.open AND position >= r.step AND r.record_type = 'placement' AND r.n % 60 = 3 THEN NULL
            WHEN r.open AND position >= r.step
                THEN :now + make_interval(mins => seed_pick(r.n, 12, 43200) - 20) + make_interval(days => (position - r.step) * 7)
            ELSE least(r.enrolled_at + make_interval(days => position * 7), :now) END,
       CASE WHEN position < r.step OR NOT r.open THEN least(r.enrolled_at + make_interval(days => position * 7), :now) END,
       CASE WHEN r.open AND position >= r.step AND r.record_type = 'placement' AND r.n % 60 = 3 THEN 'no_day_zero' END,
       'Europe/London', 'person', r.enrolled_at
FROM seed_run r, generate_series(0, 3) position ORDER BY r.n, position;

-- table: enrollment_pause
INSERT INTO enrollment_pause (enrollment_id, started_at, ended_at, reason, mode)
SELECT id, enrolled_at + interval '1 day', CASE WHEN state <> 'paused' THEN enrolled_at + interval '3 days' END, 'by hand',
       CASE WHEN state <> 'paused' THEN 'shift' END
FROM seed_run WHERE state = 'paused' OR n % 33 = 5;

-- table: enrollment_event
INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
SELECT id, enrolled_at + make_interval(days => each), CASE each WHEN 0 THEN 'enrolled' ELSE 'pause' END, '{"by": "rule"}',
       CASE WHEN each = 1 AND state = 'paused' AND n % 24 = 0
            THEN 'command:bulk:sequence:' || sequence || ':1:pause'
            -- a job stopped them
            WHEN each = 1 AND state = 'stopped' AND sequence = 's31' THEN 'command:stop:j' || left(md5('j31'), 26) || ':' || id
            ELSE 'seed:' || each END
FROM seed_run, generate_series(0, 1) each ORDER BY n, each;

-- table: send
INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, message_id, content, text,
                  planned_at, claimed_at, claimed_by, decided_at, provider_message_id, attempts, resolution, resolved_at,
                  undelivered_at, undelivered_reason, handed_at, looked_claim, looked_at, next_look_at, tells_opt_out)
SELECT s.id, r.id, s.step, r.person_id, s.channel, s.state, CASE s.channel WHEN 'sms' THEN '+442071838750' ELSE r.owner_id || '@agency.example' END,
       CASE s.channel WHEN 'sms' THEN p.phone ELSE coalesce(p.email, r.person_id || '@client.example') END, 'A word for you',
       CASE s.channel WHEN 'email' THEN '<' || s.id || '@agency.example>' END, convert_to(repeat('x', 200), 'UTF8'), repeat('y', 100),
       s.at, CASE WHEN s.state <> 'planned' THEN s.at END, CASE WHEN s.state <> 'planned' THEN 'worker-1' END,
       CASE WHEN s.state NOT IN ('planned', 'claimed') THEN s.at END,
       CASE s.channel WHEN 'sms' THEN 'SM' || md5(s.id) END, CASE WHEN s.state = 'planned' THEN 0 ELSE 1 END,
       CASE WHEN s.state = 'unknown' AND (NOT r.open OR r.n % 7 <> 1) THEN 'assumed_sent' END, CASE WHEN s.state = 'unknown' THEN s.at END,
       CASE WHEN r.n % 50 = 9 AND s.state = 'sent' THEN s.at + interval '1 hour' END, CASE WHEN r.n % 50 = 9 AND s.state = 'sent' THEN 'mailbox full' END,
       s.at, 'worker-1', CASE WHEN s.state <> 'planned' THEN s.at END, CASE WHEN s.state IN ('claimed', 'unknown') THEN :now - interval '1 minute' END,
       s.channel = 'sms' AND s.place = 0
FROM seed_run r LEFT JOIN person p ON p.id = r.person_id
CROSS JOIN generate_series(0, 3) every
CROSS JOIN LATERAL (
    SELECT 's' || left(md5('s' || r.n || ':' || every), 26) AS id, every AS place, (ARRAY['one', 'two', 'three', 'four'])[1 + every] AS step,
           CASE WHEN (r.n + every) % 8 = 0 THEN 'sms' ELSE 'email' END AS channel,
           least(r.enrolled_at + make_interval(days => every * 7), :now) AS at,
           CASE WHEN every >= r.step THEN 'planned' WHEN r.open AND r.n % 500 = 2 AND every = r.step - 1 THEN 'claimed'
                WHEN r.n % 500 = 1 AND every = r.step - 1 THEN 'unknown' WHEN r.n % 100 = 2 THEN 'refused' WHEN r.n % 200 = 3 THEN 'failed' ELSE 'sent' END AS state) s
WHERE every < r.step OR (every = r.step AND r.open AND r.n % 10 = 1)
ORDER BY r.n, every;

-- table: send_link
INSERT INTO send_link (id, send_id, position, target)
SELECT 'l' || left(md5('l' || r.n || ':' || every || ':' || place), 26), 's' || left(md5('s' || r.n || ':' || every), 26), place,
       CASE WHEN place < 2 THEN 'https://agency.example/jobs/' || r.n % 1000 END
FROM seed_run r, generate_series(0, 3) every, generate_series(0, 2) place
WHERE every < r.step AND seed_pick(r.n * 4 + every, 13, 8) = 0;

-- table: hit
INSERT INTO hit (link_id, at, method, user_agent, address, verdict, judge_at, judged_at)
SELECT l.id, made.at, 'GET', 'Mozilla/5.0', '198.51.100.' || made.address,
       CASE WHEN made.at < :now - interval '1 minute' THEN CASE made.address % 4 WHEN 0 THEN 'human' ELSE 'machine' END END,
       made.at + interval '30 seconds', CASE WHEN made.at < :now - interval '1 minute' THEN made.at + interval '40 seconds' END
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM send_link WHERE position = 0) l,
     LATERAL (SELECT :now - make_interval(secs => seed_pick(l.n, 14, 20000000)) AS at, seed_pick(l.n, 15, 5000) AS address) made;

-- table: inbound
INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state, holds)
SELECT 'i' || left(md5('i' || r.n), 26), CASE WHEN r.n % 10 = 0 THEN 'mail:<' ELSE 'content:<' END || md5('k' || r.n) || '@client.example>', 'email',
       r.enrolled_at + interval '2 days', convert_to(repeat('m', 500), 'UTF8'),
       CASE WHEN r.n % 7 <> 0 THEN 'meeting_booked' ELSE 'reply' END, coalesce(p.email, 'x' || r.n || '@client.example'),
       'Thank you', 'Thank you',
       CASE WHEN r.n % 7 <> 0 THEN jsonb_build_object('calendar', 'calendly', 'starts_at', r.enrolled_at + interval '5 days') ELSE '{}' END,
       CASE WHEN r.n % 70 <> 0 THEN 'token' END,
       CASE WHEN r.n % 70 <> 0 THEN 's' || left(md5('s' || r.n || ':0'), 26) END, CASE WHEN r.n % 70 = 0 THEN 'unmatched' ELSE 'matched' END,
       CASE WHEN r.n % 7000 = 0 THEN ARRAY[r.id] ELSE '{}' END
FROM seed_run r JOIN person p ON p.id = r.person_id WHERE (r.n % 7 = 0 OR r.n % 210 = 3) AND r.step > 0;

-- table: reaction
-- Answers, clicks, bounces and meetings; the few newest wait.
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at, delivered_at,
                      label, confidence, intent, opt_out, held_for_review, handled_at, decision, decision_reason, address, reviewed_at)
SELECT 'r' || left(md5('r' || r.n), 26), 'seed:' || r.n, r.id, r.person_id,
       CASE r.n % 7 WHEN 0 THEN 'replied' WHEN 1 THEN 'clicked' WHEN 2 THEN 'bounced' ELSE 'meeting_booked' END, 'email', 's' || left(md5('s' || r.n || ':0'), 26),
       CASE WHEN r.n % 7 IN (0, 3) THEN 'i' || left(md5('i' || r.n), 26) END, r.n % 7 = 0,
       CASE WHEN r.n % 7 = 3 THEN jsonb_build_object('calendar', 'calendly', 'starts_at', r.enrolled_at + interval '5 days') ELSE '{}' END,
       r.enrolled_at + interval '2 days',
       CASE WHEN NOT waits THEN r.enrolled_at + interval '2 days' END, CASE WHEN r.n % 7 = 0 THEN 'positive' END, 0.9,
       'interested', r.n % 70 = 7, r.n % 7 = 0, CASE WHEN NOT waits THEN r.enrolled_at + interval '2 days' END, 'stop', 'replied',
       p.email, CASE WHEN r.n % 7 = 0 AND (NOT r.open OR r.n % 14 = 0) THEN r.enrolled_at + interval '3 days' END
FROM (SELECT *, n > :runs - :open AND seed_pick(n, 16, 1000) = 0 AS waits FROM seed_run) r JOIN person p ON p.id = r.person_id
WHERE (r.n % 7 IN (0, 1, 2) OR r.n % 210 = 3) AND r.step > 0 AND r.n % 70 <> 0 AND (r.n % 7 <> 2 OR r.n % 2 = 0);

-- table: review
INSERT INTO review (id, reaction_id, number, label, intent, reviewed_at)
SELECT id, id, 1, 'positive', 'interested', reviewed_at FROM reaction WHERE reviewed_at IS NOT NULL AND substr(id, 2, 1) IN ('a', 'b');

-- table: reenrollment_window
INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, ended_at, revision, told_revision)
SELECT 'w' || left(md5('w' || n), 26), sequence, person_id, record_id, CASE record_type WHEN 'person' THEN 'person' ELSE 'record' END, id, via,
       enrolled_at, CASE record_type WHEN 'person' THEN enrolled_at + interval '365 days' END,
       CASE WHEN record_type = 'placement' THEN 'open' WHEN enrolled_at + interval '365 days' <= :now THEN 'ended'
            WHEN n > :runs - 200 AND n % 5 = 1 THEN 'opening' ELSE 'open' END,
       CASE WHEN record_type = 'person' AND enrolled_at + interval '365 days' <= :now THEN enrolled_at + interval '365 days' END,
       1, CASE WHEN n > :runs - 200 THEN 0 ELSE 1 END
FROM seed_run ORDER BY n;

-- table: refusal
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, state, fields)
SELECT 's' || n % 30, 'p' || number, 'p' || number,
       (ARRAY['unreachable', 'missing_field', 'suppressed', 'window', 'same_address'])[1 + n / 30 % 5], 'person.email is missing',
       CASE WHEN n % 25 = 0 THEN 'hand' ELSE 'rule' END, made.at, made.at, made.at,
       CASE n % 5 WHEN 0 THEN 'standing' WHEN 1 THEN 'entered' ELSE 'passed' END, '{person.email}'
FROM generate_series(1, :people / 2) n,
     LATERAL (SELECT 1 + n * 4057::bigint % :people AS number, :now - make_interval(mins => :people / 2 - n) AS at) made;

-- table: suppression
INSERT INTO suppression (person_id, address, channel, reason, source, since, lifted_at)
SELECT CASE WHEN n % 10 <> 0 THEN 'p' || n * 20 END, CASE WHEN n % 10 = 0 THEN 'p' || n * 20 || '@client.example' END,
       CASE n % 4 WHEN 0 THEN 'all' WHEN 1 THEN 'sms' ELSE 'email' END,
       CASE WHEN n % 10 = 0 THEN 'soft_bounces' ELSE 'opt_out' END, 'r' || left(md5('r' || n * 7), 26),
       :now - make_interval(mins => seed_pick(n, 17, 1000000)), CASE WHEN n % 9 = 1 THEN :now - interval '1 day' END
FROM generate_series(1, :people / 20) n;

-- table: suppressed_address
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT coalesce(s.address, p.email_key), s.id, s.channel FROM suppression s LEFT JOIN person p ON p.id = s.person_id
WHERE s.lifted_at IS NULL AND coalesce(s.address, p.email_key) IS NOT NULL;

-- table: crm_event
INSERT INTO crm_event (id, received_at, digest, answer)
SELECT 'v' || n, :now - (:people * 2 - n) * (interval '700 days' / (:people * 2)), md5(n::text), '{"accepted": true}'
FROM generate_series(1, :people * 2) n;

-- table: change
-- Two of three came with an event, five together; the newest were not matched yet.
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at, batch, watched_at)
SELECT made.entity, CASE made.entity WHEN 'person' THEN 'p' || 1 + seed_pick(n, 18, :people) WHEN 'placement' THEN 'l' || 1 + seed_pick(n, 19, :placements)
                    WHEN 'client' THEN 'c' || seed_skew(n, 20, :clients) ELSE 'o' || 1 + seed_pick(n, 21, :owners) END,
       ARRAY[made.entity || '.status'], '{"status": "status 1"}', '{"status": "status 2"}', CASE WHEN n % 3 <> 2 THEN 'crm' ELSE 'relance' END,
       CASE WHEN n % 3 = 2 THEN ARRAY['s' || n % 30] ELSE '{}' END, CASE WHEN n % 3 <> 2 THEN 'v' || 1 + n / 5 END,
       made.at, CASE WHEN n % 3 <> 2 THEN 'event:v' || 1 + n / 5 ELSE '' END, CASE WHEN n <= :people * 10 - 1000 THEN made.at END
FROM generate_series(0, :people * 10 - 1) n,
     LATERAL (SELECT :now - (:people * 10 - n) * (interval '700 days' / (:people * 10)) AS at,
                     CASE WHEN n % 20 < 13 THEN 'person' WHEN n % 20 < 18 THEN 'placement' WHEN n % 20 = 18 THEN 'client' ELSE 'owner' END AS entity) made;

-- table: change_batch
INSERT INTO change_batch (id, origin, number, rows, opened_at, closed_at, watched_at)
SELECT 'event:v' || n, 'event', n * 5 + 3, 3, made.at, made.at, CASE WHEN n * 5 <= :people * 10 - 1000 THEN made.at END
FROM generate_series(1, :people * 2) n, LATERAL (SELECT :now - (:people * 2 - n) * (interval '700 days' / (:people * 2)) AS at) made;

-- table: person_event
INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
SELECT 'v' || left(md5('v' || n), 26), 'p' || 1 + seed_pick(n, 22, :people), CASE n % 10 WHEN 0 THEN 'last_replied' WHEN 1 THEN 'created' ELSE 'last_contacted' END,
       made.at, CASE n % 10 WHEN 1 THEN 'crm' ELSE 'relance' END, CASE n % 10 WHEN 1 THEN '{}' ELSE ARRAY['s1'] END, 'seed:' || n, made.at
FROM generate_series(1, :people * 5) n, LATERAL (SELECT :now - (:people * 5 - n) * (interval '700 days' / (:people * 5)) AS at) made;

-- table: field_told
INSERT INTO field_told (entity, entity_id, field, at, version)
SELECT 'person', 'p' || n, field, :now - make_interval(mins => seed_pick(n, 23, 1000000)), NULL
FROM generate_series(1, :people / 2) n, unnest(ARRAY['status', 'email']) field;

-- table: follow_up
INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at, event, hand_at, settled_at, result)
SELECT 'f' || left(md5('f' || n), 26), id, 'finished', 0, made.kind, '{"create_task": {"title": "Read the reply"}}', made.state,
       made.at, 'finished', made.at, CASE WHEN made.state <> 'pending' THEN made.at END, CASE WHEN made.state = 'failed' THEN 'refused' END
FROM seed_run,
     LATERAL (SELECT CASE n % 8 WHEN 0 THEN 'webhook' WHEN 1 THEN 'enroll' WHEN 2 THEN 'notify' ELSE 'create_task' END AS kind,
                     CASE WHEN n % 8 < 2 AND n % 20000 < 9 THEN 'pending' WHEN n % 8 < 2 AND n % 5000 = 16 THEN 'dead' WHEN n % 1000 = 11 THEN 'failed' ELSE 'done' END AS state,
                     least(enrolled_at + interval '30 days', :now) AS at) made
WHERE NOT open AND n % 3 <> 1;

-- table: task
INSERT INTO task (id, title, due_at, owner_id, person_id, enrollment_id, state, created_at)
SELECT f.id, 'Read the reply', f.at, r.owner_id, r.person_id, r.id, CASE WHEN r.n % 10 = 2 THEN 'open' ELSE 'done' END, f.at
FROM follow_up f JOIN seed_run r ON r.id = f.enrollment_id WHERE f.kind = 'create_task' AND r.n % 4 < 2;

-- table: lead
-- Its trigger does not fire here.
INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at, sequence)
SELECT 'lead:' || n, person_id, 'source ' || n % 5, owner_id, id, enrolled_at + interval '3 days', sequence FROM seed_run WHERE NOT open AND n % 50 = 1;

-- table: list_member
INSERT INTO list_member (list, person_id, added_at, enrollment_id)
SELECT 'list-' || n % 20, person_id, enrolled_at, id FROM seed_run WHERE record_type = 'person' AND n % 14 = 1;

-- table: notification
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at, read_at, to_mail)
SELECT 'n:' || n, owner_id, CASE n % 4 WHEN 0 THEN 'send_failed' ELSE 'replied' END, 'Somebody answered', id, person_id, enrolled_at + interval '2 days',
       CASE WHEN n < :runs - :open THEN enrolled_at + interval '3 days' END, n > :runs - 100
FROM seed_run WHERE n % 5 = 0;

-- table: notice_mail
INSERT INTO notice_mail (id, owner_id, kind, state, recipient, content, created_at, decided_at)
SELECT 'm' || left(md5('m' || n), 26), 'o' || 1 + n % :owners, 'single', CASE WHEN n > :people / 50 - 10 THEN 'planned' ELSE 'sent' END,
       'o@agency.example', convert_to(repeat('z', 300), 'UTF8'), :now - make_interval(mins => :people / 50 - n), :now - make_interval(mins => :people / 50 - n)
FROM generate_series(1, :people / 50) n;

-- table: reply_forwarding
-- Replies of a year; the few newest wait.
INSERT INTO reply_forwarding (reaction_id, state, due_at, hand_at, decided_at)
SELECT id, CASE WHEN handled_at IS NULL THEN 'waiting' ELSE 'forward' END, received_at + interval '2 minutes',
       received_at + interval '2 minutes', handled_at FROM reaction WHERE kind = 'replied';

-- table: answer
-- To each tenth reply, of which the newest wait.
INSERT INTO answer (id, reaction_id, enrollment_id, person_id, owner_id, channel, state, sender, recipient, recipient_key,
                    envelope_from, subject, message_id, content, text, anyway, asked_at, claimed_by, claimed_at, decided_at)
SELECT 'a' || substr(r.id, 2), r.id, r.enrollment_id, r.person_id, 'o1', 'email',
       CASE WHEN r.handled_at IS NULL THEN 'planned' WHEN substr(r.id, 3, 1) = 'a' AND r.received_at > :now - interval '1 day' THEN 'claimed'
            ELSE 'sent' END,
       'o1@agency.example', 'seed@client.example', 'seed@client.example', 'b@reply.agency.example', 'Re: A word for you',
       '<a' || substr(r.id, 2) || '@agency.example>', convert_to(repeat('z', 300), 'UTF8'), repeat('y', 100), false,
       r.received_at + interval '1 hour', 'worker-9', r.received_at, r.handled_at
FROM reaction r WHERE r.kind = 'replied' AND substr(r.id, 2, 1) = 'a';

-- table: company_opt_out
INSERT INTO company_opt_out (reaction_id, person_id, client_id, domain, reasons, state, noticed_at)
SELECT r.id, r.person_id, p.client_id, 'client.example', '{seed}', CASE WHEN substr(r.id, 3, 1) = 'a' THEN 'open' ELSE 'dismissed' END, r.received_at
FROM reaction r JOIN person p ON p.id = r.person_id WHERE r.kind = 'replied' AND substr(r.id, 2, 1) = 'b';

-- table: hold
INSERT INTO hold (id, scope, key, reason, since, ended_at, rate)
SELECT 'h' || left(md5('h' || n), 26), CASE n % 2 WHEN 0 THEN 'sequence' ELSE 'owner' END, CASE n % 2 WHEN 0 THEN 's' || n ELSE 'o' || n END,
       'by hand', :now - make_interval(days => 40 - n), CASE WHEN n <= 32 THEN :now - make_interval(days => 39 - n) END, 20
FROM generate_series(1, 36) n;

-- table: hold_run
INSERT INTO hold_run (enrollment_id, paused_at, hold_id)
SELECT r.id, p.started_at, 'h' || left(md5('h34'), 26) FROM seed_run r JOIN enrollment_pause p ON p.enrollment_id = r.id
WHERE r.state = 'paused' AND r.sequence = 's34';

-- table: rule_state
INSERT INTO rule_state (sequence, version, since, scanned_at)
SELECT 's' || n, 2, :now - interval '600 days', :now - interval '8 hours' FROM generate_series(0, 39, 2) n;

-- table: rule_batch
INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)
SELECT 'b' || left(md5('b' || n), 26), 's' || n % 20 * 2, 2, 'scan', CASE WHEN n <= 4 THEN 'held' ELSE 'approved' END, 100, :now - make_interval(hours => n)
FROM generate_series(1, 500) n;

-- table: rule_queue
INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at)
SELECT 's' || (1 + n % 4) * 2, 'p' || n * 97, 'p' || n * 97, CASE n % 2 WHEN 0 THEN 'b' || left(md5('b' || 1 + n % 4), 26) END,
       CASE n % 2 WHEN 0 THEN 'held' ELSE 'waiting' END, :now - make_interval(mins => n)
FROM generate_series(1, :people / 100) n;

-- table: text_report
INSERT INTO text_report (provider_message_id, status, send_id, at)
SELECT provider_message_id, 'delivered', id, claimed_at FROM send WHERE channel = 'sms' AND state = 'sent';

-- table: mailbox
INSERT INTO mailbox (channel, address, started_on)
SELECT 'email', 'o' || n || '@agency.example', '2024-01-01' FROM generate_series(1, :owners) n;
UPDATE mailbox m SET id = 'x' || left(md5(o.id), 20), name = o.last_name, owner_id = o.id, pool = CASE WHEN own.n % 50 = 0 THEN 'sales' END,
       signature_text = 'Dana', limits = '5/minute, 300/day', state = made.state, state_reason = CASE made.state WHEN 'disconnected' THEN '535' END,
       state_since = :now - interval '3 days', transport = 'smtp',
       transport_settings = jsonb_build_object('host', 'mail.agency.example', 'port', 587, 'security', 'starttls', 'username', m.address),
       inbound = 'imap', inbound_settings = jsonb_build_object('host', 'mail.agency.example', 'port', 993, 'username', m.address),
       reply_to = 'own', added_at = :now - make_interval(days => own.n), added_by = 'cli', changed_at = :now - interval '3 days'
FROM owner o CROSS JOIN LATERAL (SELECT substr(o.id, 2)::int AS n) own
CROSS JOIN LATERAL (SELECT CASE WHEN own.n % 60 = 0 THEN 'disconnected' WHEN own.n % 70 = 0 THEN 'paused' ELSE 'active' END AS state) made
WHERE m.address = o.email AND own.n % 2 = 0;

-- table: mailbox_day
INSERT INTO mailbox_day (channel, address, day, used, next_at)
SELECT m.channel, m.address, :now::date + day, 40, :now + make_interval(days => day)
FROM mailbox m, generate_series(-300, 10) day;

-- table: mailbox_back_off
INSERT INTO mailbox_back_off (channel, address, since, until, code)
SELECT 'email', 'o' || n || '@agency.example', :now - make_interval(mins => 300), :now - make_interval(mins => 200), '451' FROM generate_series(1, 50) n;

-- table: outage
INSERT INTO outage (service, since, seen_at, stage, code, reason, ended_at)
SELECT 'mail server', :now - make_interval(days => n), :now - make_interval(days => n), 'connect', NULL, 'refused', :now - make_interval(days => n)
FROM generate_series(1, 300) n;

-- table: webhook_token
INSERT INTO webhook_token (token, content, at)
SELECT md5('t' || n), md5('c' || n), :now - make_interval(secs => n) FROM generate_series(1, :people / 20) n;

-- table: webhook_endpoint
INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by)
VALUES ('oseed0000000', 'stream', 'https://stream.example/hook', 's', :now, 'cli');

-- table: webhook_try
-- Of a month, nearly all of them to one receiver.
INSERT INTO webhook_try (url, webhook_id, at, outcome, words)
SELECT CASE n % 50 WHEN 0 THEN 'https://agency.example' ELSE 'https://stream.example/hook' END, 'f' || left(md5('f' || n), 26),
       :now - make_interval(mins => n), CASE WHEN n % 40 = 0 THEN 'again' ELSE 'done' END, '200'
FROM generate_series(1, :people / 20) n;

-- table: api_token
INSERT INTO api_token (id, name, scopes, hash, created_at, created_by, last_used_at, revoked_at)
SELECT 'g' || left(md5('g' || n), 20), 'token ' || n, '{read}', decode(md5('g' || n), 'hex'), :now - make_interval(days => n), 'cli', :now,
       CASE WHEN n % 3 = 0 THEN :now - interval '1 day' END
FROM generate_series(1, 200) n;

-- table: crm_connection
INSERT INTO crm_connection (name, connected_at, types, looked_at, read_at) VALUES ('bullhorn', :now - interval '300 days', '{message.*}', :now, :now);

-- table: crm_write
-- Nearly all are done; the newest wait, and a few were given up.
INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, at, state, tries, next_try_at, settled_at, result)
SELECT 'x' || left(md5('w' || n), 26), 'bullhorn', 'sent', 'note', 'Candidate', n::text, 'p' || 1 + seed_pick(n, 24, :people), '{}',
       made.at, made.state, 1, made.at, CASE WHEN made.state <> 'waiting' THEN made.at END, CASE WHEN made.state = 'dead' THEN '404' END
FROM generate_series(1, :people / 2) n,
     LATERAL (SELECT :now - make_interval(mins => :people / 2 - n) AS at,
                     CASE WHEN n > :people / 2 - 50 THEN 'waiting' WHEN n % 2000 = 5 THEN 'dead' ELSE 'done' END AS state) made;

-- table: imap_skipped
INSERT INTO imap_skipped (mailbox, uidvalidity, uid, reason, at) SELECT 'folder', 1, n, 'unreadable', :now FROM generate_series(1, 100) n;

-- table: imap_watermark
INSERT INTO imap_watermark (mailbox, uidvalidity, uid, bounded_until, since, moved_at) VALUES ('folder', 1, 1000, 10, '2024-01-01', :now);

-- table: address_key_basis
INSERT INTO address_key_basis (rules, region) VALUES (1, 'GB');

-- table: form_version
INSERT INTO form_version (form, version, definition, fingerprint, published_at)
SELECT 'form-' || n, v, '{"name": "Seed"}', 'f' || v, :now - make_interval(days => 100 - v) FROM generate_series(1, 20) n, generate_series(1, 3) v;

-- table: form_link
INSERT INTO form_link (id, enrollment_id, form, version, made_at, expires_at, submitted_at)
SELECT 'k' || left(md5(r.id), 26), r.id, 'form-' || 1 + abs(hashtext(r.id)) % 20, 2, :now - interval '20 days', :now + interval '10 days',
       CASE WHEN abs(hashtext(r.id)) % 3 = 0 THEN :now - interval '10 days' END
FROM seed_run r WHERE abs(hashtext(r.id)) % 10 < 3;

-- table: form_submission
INSERT INTO form_submission (id, link_id, number, version, at, digest, answers)
SELECT 'q' || left(md5(k.id), 26), k.id, 1, 2, k.submitted_at, 'seed', '{"person.city": "Leeds"}' FROM form_link k WHERE k.submitted_at IS NOT NULL;

-- table: upload
INSERT INTO upload (id, submission_id, field, name, file, kind, size, sha256, at)
SELECT 'd' || left(md5(s.id), 26), s.id, 'person.resume', 'resume.pdf', md5(s.id), 'pdf', 40000, md5(s.id), s.at FROM form_submission s;

-- table: console_user
INSERT INTO console_user (id, email, email_key, name, role, owner_id, team, created_at)
SELECT 'u' || left(md5(n::text), 26), 'o' || n || '@agency.example', 'o' || n || '@agency.example', 'User ' || n,
       CASE WHEN n = 1 THEN 'admin' ELSE 'recruiter' END, 'o' || n, 'team ' || n % 5, :now - make_interval(days => n)
FROM generate_series(1, 50) n;

-- table: sign_in_link
INSERT INTO sign_in_link (hash, user_id, made_at, expires_at, spent_at)
SELECT decode(md5(u.id || n), 'hex'), u.id, :now - make_interval(days => n), :now - make_interval(days => n) + interval '15 minutes', :now - make_interval(days => n)
FROM console_user u, generate_series(1, 50) n;

-- table: console_session
INSERT INTO console_session (id, hash, user_id, started_at, last_used_at, expires_at, device, address, ended_at, ended_by)
SELECT 'c' || left(md5(u.id || n), 26), decode(md5(u.id || n), 'hex'), u.id, :now - make_interval(days => n), :now - make_interval(days => n - 1), :now - make_interval(days => n - 7), 'Firefox', '10.0.0.' || n,
       CASE WHEN n > 2 THEN :now - make_interval(days => n - 1) END, CASE WHEN n > 2 THEN 'sign_out' END
FROM console_user u, generate_series(1, 50) n;

-- table: audit_event
INSERT INTO audit_event (at, way, user_id, act, subject, address)
SELECT :now - make_interval(mins => n), 'console', 'u' || left(md5((1 + n % 50)::text), 26),
       CASE WHEN n % 100 = 0 THEN 'sign_in_refused' ELSE 'review_reply' END, 'person:p' || n, '10.0.0.' || n % 50
FROM generate_series(1, :people / 20) n;

-- table: job
INSERT INTO job (id, kind, subject, request, user_id, state, total, done, created_at, not_before, ended_at)
SELECT 'j' || left(md5('j' || n), 26), (ARRAY['stop_runs', 'move_runs', 'scan'])[1 + (n - 1) % 3], 'sequence:s' || n % 40, '{"version": 2}', 'u' || left(md5((1 + n % 50)::text), 26),
       CASE WHEN n <= 3 THEN 'waiting' ELSE 'done' END, 100, CASE WHEN n <= 3 THEN 0 ELSE 100 END, :now - make_interval(hours => n),
       :now - make_interval(hours => n), CASE WHEN n > 3 THEN :now - make_interval(hours => n - 1) END
FROM generate_series(1, :people / 200) n;
