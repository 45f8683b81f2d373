-- name: explain_windows_of(person_id)
SELECT id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, ended_at, reason
FROM reenrollment_window WHERE person_id = :person_id ORDER BY opened_at DESC, id;

-- name: explain_windows(sequence, person_id)
SELECT id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, ended_at, reason
FROM reenrollment_window WHERE sequence = :sequence AND person_id = :person_id ORDER BY opened_at DESC, id;

-- name: explain_runs(sequence, person_id)
SELECT e.id, e.version, e.record_id, e.owner_id, e.via, e.lineage, e.state, e.reason, e.enrolled_at, e.ended_at,
       ARRAY(SELECT s.step FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned'
             AND s.reason = 'no_day_zero' ORDER BY s.position) AS waits,
       t.step AS next_step, t.due_at AS next_due_at, t.reason AS next_reason
FROM enrollment e
LEFT JOIN LATERAL (SELECT step, due_at, reason FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
                   AND due_at IS NOT NULL ORDER BY position LIMIT 1) t ON e.ended_at IS NULL
WHERE e.sequence = :sequence AND e.person_id = :person_id ORDER BY e.enrolled_at DESC, e.id;

-- name: explain_refusals(sequence, person_id, record_id)
SELECT reason, detail, via, times, coalesce(first_at, at) AS first_at, at, state, fields
FROM refusal WHERE sequence = :sequence AND person_id = :person_id AND record_id = :record_id
ORDER BY at DESC, id DESC LIMIT 20;

-- name: explain_rules_on(sequence)^
SELECT sequence, version, since, scanned_at, broken FROM rule_state WHERE sequence = :sequence;

-- name: explain_queue(sequence, record_id)^
SELECT queue.state, queue.at, queue.batch_id, batch.records, batch.origin
FROM rule_queue AS queue LEFT JOIN rule_batch AS batch ON batch.id = queue.batch_id
WHERE queue.sequence = :sequence AND queue.record_id = :record_id;

-- name: explain_placements(person_id)
SELECT id FROM placement WHERE person_id = :person_id ORDER BY (deleted_at IS NOT NULL), id DESC;

-- name: explain_unwatched(fields, again, person_id, record_id, client_id, owner_id)$
-- null: client_id, owner_id
-- Changes that concern the record and that the watcher has yet to see: of a field of the rule, of somebody new, and of
-- anything when the record is to be looked at "again".
SELECT count(*) FROM change
WHERE watched_at IS NULL AND (fields && :fields::text[] OR (before = '{}'::jsonb AND entity IN ('person', 'placement')) OR :again::boolean)
  AND (entity, entity_id) IN (('person', :person_id::text), ('placement', :record_id::text),
                              ('client', :client_id::text), ('owner', :owner_id::text));

-- name: explain_rules_switched_on()
SELECT DISTINCT version.sequence, state.sequence IS NOT NULL AS on
FROM sequence_version AS version LEFT JOIN rule_state AS state USING (sequence) ORDER BY version.sequence;
