-- name: people_to_rehearse(limit)
-- For a sequence without rules: the newest people who can be written to.
SELECT id AS record_id, id AS person_id FROM person
WHERE deleted_at IS NULL AND coalesce(email, phone) IS NOT NULL ORDER BY created_at DESC NULLS LAST, id LIMIT :limit;

-- name: placements_to_rehearse(limit)
SELECT pl.id AS record_id, pl.person_id FROM placement pl JOIN person p ON p.id = pl.person_id
WHERE pl.deleted_at IS NULL AND p.deleted_at IS NULL ORDER BY pl.start_date DESC NULLS LAST, pl.id LIMIT :limit;

-- name: copy_of_people(people)$
-- not null: copy_of_people
-- What decides about them, of every table its rows, but for a hold on everything: what would go after it is what a
-- rehearsal is for. Of suppressions also those of others that cover their addresses.
SELECT jsonb_build_object(
    'person', (SELECT coalesce(jsonb_agg(p), '[]') FROM person p WHERE p.id = ANY(:people::text[])),
    'placement', (SELECT coalesce(jsonb_agg(pl), '[]') FROM placement pl WHERE pl.person_id = ANY(:people::text[])),
    'client', (SELECT coalesce(jsonb_agg(c), '[]') FROM client c WHERE c.id IN (
        SELECT p.client_id FROM person p WHERE p.id = ANY(:people::text[])
        UNION SELECT pl.client_id FROM placement pl WHERE pl.person_id = ANY(:people::text[]))),
    'owner', (SELECT coalesce(jsonb_agg(o), '[]') FROM owner o),
    'person_event', (SELECT coalesce(jsonb_agg(v), '[]') FROM person_event v WHERE v.person_id = ANY(:people::text[])),
    'hold', (SELECT coalesce(jsonb_agg(h), '[]') FROM hold h
             WHERE h.ended_at IS NULL AND h.scope <> 'everything'),
    'form_version', (SELECT coalesce(jsonb_agg(f), '[]') FROM form_version f),
    -- No mail leaves a rehearsal: mailboxes come without their servers and their secrets, and as if all were active.
    'mailbox', (SELECT coalesce(jsonb_agg(to_jsonb(m) || CASE WHEN m.id IS NULL THEN '{}' ELSE jsonb_build_object(
        'state', 'active', 'transport', 'organisation', 'transport_settings', '{}'::jsonb, 'transport_secret', NULL,
        'inbound', 'organisation', 'inbound_settings', '{}'::jsonb, 'inbound_secret', NULL) END), '[]') FROM mailbox m),
    'mailbox_day', (SELECT coalesce(jsonb_agg(d), '[]') FROM mailbox_day d
                    WHERE d.day >= (SELECT max(day) - 1 FROM mailbox_day)),
    'suppression', (SELECT coalesce(jsonb_agg(s), '[]') FROM (
        SELECT s.person_id, s.address, s.channel, s.reason, s.source, s.since FROM suppression s
        WHERE s.lifted_at IS NULL AND s.person_id = ANY(:people::text[])
        UNION
        SELECT s.person_id, a.address, s.channel, s.reason, s.source, s.since
        FROM person p JOIN suppressed_address a ON a.address IN (p.email_key, p.phone_key)
        JOIN suppression s ON s.id = a.suppression_id
        WHERE p.id = ANY(:people::text[]) AND s.lifted_at IS NULL AND s.person_id IS DISTINCT FROM p.id) AS s)
) AS copy_of_people;

-- name: put_copy_of_people(copy)!
WITH owners AS (INSERT INTO owner SELECT * FROM jsonb_populate_recordset(NULL::owner, :copy::jsonb -> 'owner')),
clients AS (INSERT INTO client SELECT * FROM jsonb_populate_recordset(NULL::client, :copy::jsonb -> 'client')),
people AS (INSERT INTO person SELECT * FROM jsonb_populate_recordset(NULL::person, :copy::jsonb -> 'person')),
placements AS (
    INSERT INTO placement SELECT * FROM jsonb_populate_recordset(NULL::placement, :copy::jsonb -> 'placement')
),
events AS (
    INSERT INTO person_event SELECT * FROM jsonb_populate_recordset(NULL::person_event, :copy::jsonb -> 'person_event')
),
holds AS (INSERT INTO hold SELECT * FROM jsonb_populate_recordset(NULL::hold, :copy::jsonb -> 'hold')),
forms AS (
    INSERT INTO form_version SELECT * FROM jsonb_populate_recordset(NULL::form_version, :copy::jsonb -> 'form_version')
),
mailboxes AS (INSERT INTO mailbox SELECT * FROM jsonb_populate_recordset(NULL::mailbox, :copy::jsonb -> 'mailbox')),
days AS (
    INSERT INTO mailbox_day SELECT * FROM jsonb_populate_recordset(NULL::mailbox_day, :copy::jsonb -> 'mailbox_day')
)
INSERT INTO suppression (person_id, address, channel, reason, source, since)
SELECT person_id, address, channel, reason, source, since
FROM jsonb_populate_recordset(NULL::suppression, :copy::jsonb -> 'suppression') ON CONFLICT DO NOTHING;

-- name: add_rehearsal(job_id, result, at)!
-- The job may be carried out again: the newest counts.
INSERT INTO rehearsal (job_id, result, at) VALUES (:job_id, :result, :at)
ON CONFLICT (job_id) DO UPDATE SET result = excluded.result, at = excluded.at;

-- name: rehearsal_of_job(job_id)^
SELECT result, at FROM rehearsal WHERE job_id = :job_id;

