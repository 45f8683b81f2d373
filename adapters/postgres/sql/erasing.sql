-- Erasing a person, and recognising them later. What is erased of each table says adapters/postgres/personal_tables.py.

-- name: erasure_row(person)^
-- By the id of any of the records that were merged.
SELECT * FROM erasure WHERE person_id = :person OR :person = ANY(merged) ORDER BY asked_at DESC LIMIT 1;

-- name: begin_erasure(person, merged, addresses, may_be_contacted_again, at, way, user_id, token_id)!
-- null: user_id, token_id
-- Asked again after data came back: what was counted before stays counted.
INSERT INTO erasure (person_id, merged, addresses, state, may_be_contacted_again, asked_at, way, user_id, token_id)
VALUES (:person, :merged, :addresses, 'open', :may_be_contacted_again, :at, :way, :user_id, :token_id)
ON CONFLICT (person_id) DO UPDATE SET merged = excluded.merged, addresses = excluded.addresses, state = 'open',
    done_at = NULL, report = NULL, counts = erasure.counts - 'histories_listed',
    may_be_contacted_again = excluded.may_be_contacted_again, asked_at = excluded.asked_at, way = excluded.way,
    user_id = excluded.user_id, token_id = excluded.token_id
WHERE erasure.state = 'done';

-- name: count_erased(person, what, number)!
UPDATE erasure SET counts = counts || jsonb_build_object(:what::text, coalesce((counts ->> :what)::int, 0) + :number::int)
WHERE person_id = :person;

-- name: lock_erasure(person)^
SELECT * FROM erasure WHERE person_id = :person FOR UPDATE;

-- name: end_erasure(person, report, at)!
UPDATE erasure SET state = 'done', done_at = :at, report = :report WHERE person_id = :person AND state = 'open';

-- name: add_erased_events(people, at)!
-- Other systems hear of it by the event stream, and of nothing about these people after it: place_stream_events.
INSERT INTO stream_event (type, at, person_id, detail)
SELECT 'person.erased', :at, erased.id, '{}' FROM unnest(:people::text[]) WITH ORDINALITY AS erased(id, place)
ORDER BY erased.place;

-- name: addresses_to_erase(people)
-- not null: address, shared
-- Every address that is known of a person, as it is compared, but for domains of companies. Shared: somebody else, who
-- was not deleted, has it too.
SELECT a.address, EXISTS (SELECT FROM person p WHERE (p.email_key = a.address OR p.phone_key = a.address)
                          AND p.id <> ALL(:people::text[]) AND p.deleted_at IS NULL) AS shared
FROM (
    SELECT email_key AS address FROM person WHERE id = ANY(:people::text[])
    UNION SELECT phone_key FROM person WHERE id = ANY(:people::text[])
    UNION SELECT coalesce(recipient_key, lower(recipient)) FROM send WHERE person_id = ANY(:people::text[])
    UNION SELECT recipient_key FROM answer WHERE person_id = ANY(:people::text[])
    UNION SELECT address FROM suppression WHERE person_id = ANY(:people::text[])
    UNION SELECT c.address FROM suppressed_address c JOIN suppression s ON s.id = c.suppression_id
          WHERE s.person_id = ANY(:people::text[])
    UNION SELECT unnest(addresses) FROM erasure WHERE person_id = ANY(:people::text[])
    UNION SELECT unnest(addresses) FROM opt_out_hold WHERE people <> '{}' AND people <@ :people::text[]
    UNION SELECT address FROM topic_opt_out WHERE person_id = ANY(:people::text[])
) a
WHERE a.address <> '' AND a.address NOT LIKE '@%' AND a.address NOT LIKE 'erased:%' ORDER BY 1;

-- name: suppressions_to_remember(people, addresses)
-- not null: address, channel, reason, since
-- What stands against the addresses, and the topics that were left there. A number closes the channels of numbers alone.
SELECT c.address, closed.channel, s.reason, min(s.since) AS since
FROM suppressed_address c JOIN suppression s ON s.id = c.suppression_id
CROSS JOIN LATERAL unnest(closed_at(c.address, s.channel)) AS closed(channel)
WHERE c.address = ANY(:addresses::text[]) AND s.lifted_at IS NULL GROUP BY 1, 2, 3
UNION ALL
-- A wish that nobody has confirmed counts as one: what it said is erased, too.
SELECT a.address, closed.channel, 'opt_out', min(h.since)
FROM opt_out_hold h CROSS JOIN LATERAL unnest(h.addresses) AS a(address)
CROSS JOIN LATERAL unnest(closed_at(a.address, h.channel)) AS closed(channel)
WHERE h.ended_at IS NULL AND a.address = ANY(:addresses::text[]) GROUP BY 1, 2, 3
UNION ALL
SELECT a.address, 'topic:' || t.topic, 'topic', min(t.since)
FROM topic_opt_out t CROSS JOIN LATERAL (
    SELECT t.address UNION SELECT p.email_key FROM person p WHERE p.id = t.person_id) a(address)
WHERE t.lifted_at IS NULL AND a.address = ANY(:addresses::text[])
  AND (t.person_id = ANY(:people::text[]) OR t.address = ANY(:addresses::text[])) GROUP BY 1, 2
ORDER BY since, address, channel, reason;

-- name: remember_address(hash, channel, reason, since)!
-- The first reason stays. What was written out for an earlier return no longer counts as written.
WITH written AS (
    UPDATE suppression SET source = 'erased' WHERE source LIKE 'erased:%' AND source = erased_source(:hash, :channel)
), left_topics AS (
    UPDATE topic_opt_out SET source = 'erased' WHERE source = erased_source(:hash, :channel)
)
INSERT INTO erased_address (hash, channel, reason, since) VALUES (:hash, :channel, :reason, :since)
ON CONFLICT (hash, channel) DO NOTHING;

-- name: is_erased_address(hashes)$
SELECT EXISTS (SELECT FROM erased_address WHERE hash = ANY(:hashes::bytea[]));

-- name: erased_standing(hashes)
-- not null: hash, channel, reason, since, source
-- What still forbids contact of an address; the function is in 0285_erasing.sql.
SELECT e.hash, e.channel, e.reason, e.since, erased_source(e.hash, e.channel) AS source
FROM erased_standing(:hashes::bytea[]) e ORDER BY e.since, e.channel;

-- name: open_runs_to_erase(people)
SELECT id FROM enrollment WHERE person_id = ANY(:people::text[]) AND run_is_open(state) ORDER BY id;

-- name: end_windows_to_erase(people, at)!
-- Their workflows are deleted with the others; nobody is told.
UPDATE reenrollment_window SET state = 'ended', reason = 'erased', ended_at = :at, told_revision = revision
WHERE person_id = ANY(:people::text[]) AND relance_window_stands(state);

-- name: workflows_to_erase(people)
-- not null: kind, id
-- What Temporal may hold of them: ids of workflows of runs, and ids of rows that have one of their own.
SELECT 'run' AS kind, workflow_id AS id FROM enrollment
WHERE person_id = ANY(:people::text[]) OR merged_from = ANY(:people::text[])
UNION SELECT 'reaction', id FROM reaction WHERE person_id = ANY(:people::text[])
UNION SELECT 'follow_up', f.id FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
      WHERE e.person_id = ANY(:people::text[]) AND f.kind IN ('enroll', 'webhook', 'send')
ORDER BY kind, id;

-- name: windows_to_erase(people)
SELECT DISTINCT sequence, person_id FROM reenrollment_window
WHERE person_id = ANY(:people::text[]) AND scope = 'person' ORDER BY sequence, person_id;

-- name: runs_to_erase(people)
SELECT id FROM enrollment WHERE person_id = ANY(:people::text[]) OR merged_from = ANY(:people::text[]) ORDER BY id;

-- name: people_files_left()
SELECT id, user_id, name, content, choices FROM people_file WHERE content IS NOT NULL ORDER BY id;

-- name: erase_people_file(id)$
-- It has the person in it, among others: whoever uploaded it has to upload it again.
UPDATE people_file SET content = NULL, name = 'erased', choices = '{}' WHERE id = :id AND content IS NOT NULL RETURNING id;

-- name: erase_from_rehearsals(people)
-- The runs of the person stay in the list, without name and subjects.
UPDATE rehearsal SET result = jsonb_set(result, '{runs}', (
    SELECT jsonb_agg(CASE WHEN r.value ->> 'person' = ANY(:people::text[]) THEN r.value
        || '{"name": null, "refused": "", "reason": null, "steps": [], "follow_ups": []}' ELSE r.value END ORDER BY r.ordinality)
    FROM jsonb_array_elements(result -> 'runs') WITH ORDINALITY AS r))
WHERE EXISTS (SELECT FROM jsonb_array_elements(result -> 'runs') AS r(value)
              WHERE r.value ->> 'person' = ANY(:people::text[])
                AND (r.value ->> 'name' IS NOT NULL OR r.value ->> 'reason' IS NOT NULL OR r.value ->> 'refused' <> ''
                     OR r.value -> 'steps' <> '[]'))
RETURNING job_id;

-- name: rehearsals_of(people)$
SELECT count(*) FROM rehearsal WHERE EXISTS (
    SELECT FROM jsonb_array_elements(result -> 'runs') AS r(value) WHERE r.value ->> 'person' = ANY(:people::text[]));

-- name: exports_of(people)$
-- How often somebody saved an export of the person: where that is we do not know.
SELECT count(*) FROM audit_event WHERE act = 'person_exported'
  AND subject = ANY(SELECT 'person:' || p FROM unnest(:people::text[]) AS p);

-- name: uploads_to_erase(people, limit)
SELECT u.id, u.file FROM upload u JOIN form_submission q ON q.id = u.submission_id JOIN form_link k ON k.id = q.link_id
JOIN enrollment e ON e.id = k.enrollment_id
WHERE e.person_id = ANY(:people::text[]) OR e.merged_from = ANY(:people::text[]) ORDER BY u.id LIMIT :limit;

-- name: forget_upload(id)$
DELETE FROM upload WHERE id = :id RETURNING id;

-- name: column_kinds()
-- not null: table_name, column_name, kind, is_nullable
-- How an empty value of each column is written depends on them.
SELECT table_name::text AS table_name, column_name::text AS column_name, udt_name::text AS kind, is_nullable = 'YES' AS is_nullable
FROM information_schema.columns WHERE table_schema = 'public';

-- name: open_job_about(kind, subject)$
SELECT id FROM job WHERE kind = :kind AND subject = :subject AND state IN ('waiting', 'running')
ORDER BY created_at LIMIT 1;

-- name: uncover_erased(people)!
-- That a person was erased closes the person. An address that somebody else has too stays open for them.
DELETE FROM suppressed_address a USING suppression s
WHERE s.id = a.suppression_id AND s.person_id = ANY(:people::text[]) AND s.reason = 'erased' AND s.lifted_at IS NULL
  AND s.address IS NULL;

-- name: mails_on_their_way(people, runs)$
-- Lists and digests that name the person and wait to be sent to a recruiter.
SELECT count(DISTINCT m.id) FROM notification n JOIN notice_mail m ON m.id = n.mail_id
WHERE (n.person_id = ANY(:people::text[]) OR n.enrollment_id = ANY(:runs::text[]))
  AND m.kind NOT IN ('single', 'reply') AND m.state IN ('planned', 'claimed');
