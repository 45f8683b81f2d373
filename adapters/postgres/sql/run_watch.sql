-- name: lock_open_run(id)$
-- Locked: of two who would close it, the second one finds it closed.
SELECT id FROM enrollment WHERE id = :id AND state NOT IN ('stopped', 'finished') FOR UPDATE;

-- name: tell_owner_of_run(id, enrollment_id, kind, title, at)$
-- Whoever looks after the record now; else whom the run began with; else the assigned-by user of its sequence.
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)
SELECT :id, who.owner_id, :kind,
       coalesce(v.definition ->> 'name', e.sequence) || ': ' || :title::text
           || coalesce(': ' || nullif(concat_ws(' ', nullif(p.first_name, ''), nullif(p.last_name, '')), ''), ''),
       e.id, e.person_id, :at
FROM enrollment e
LEFT JOIN person p ON p.id = e.person_id
LEFT JOIN placement l ON e.record_type = 'placement' AND l.id = e.record_id
LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
CROSS JOIN LATERAL (SELECT coalesce(nullif(l.owner_id, ''), nullif(p.owner_id, ''), nullif(e.owner_id, ''),
                                    v.definition #>> '{auto_enroll,assigned_by}') AS owner_id) who
WHERE e.id = :enrollment_id AND who.owner_id IS NOT NULL
ON CONFLICT DO NOTHING RETURNING id;

-- name: open_runs_among(sequence, record_ids)
SELECT * FROM enrollment
WHERE sequence = :sequence AND record_id = ANY(:record_ids::text[]) AND state NOT IN ('starting', 'stopped', 'finished');
