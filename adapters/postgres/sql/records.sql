-- name: person_row(id)^
SELECT * FROM person WHERE id = :id;

-- name: placement_row(id)^
SELECT * FROM placement WHERE id = :id;

-- name: client_row(id)^
SELECT * FROM client WHERE id = :id;

-- name: owner_row(id)^
SELECT * FROM owner WHERE id = :id;

-- name: people(limit)
SELECT p.id, p.type, p.first_name, p.last_name, p.email, p.phone, p.status, p.owner_id,
       (SELECT count(*) FROM enrollment e WHERE e.person_id = p.id AND e.state NOT IN ('stopped', 'finished')) AS open_runs,
       EXISTS (SELECT 1 FROM suppression s WHERE s.person_id = p.id AND s.lifted_at IS NULL) AS suppressed
FROM person p WHERE p.deleted_at IS NULL ORDER BY p.id LIMIT :limit;

-- name: add_change(entity, entity_id, fields, before, after, origin, lineage, event_id, at)$
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
VALUES (:entity, :entity_id, :fields, :before, :after, :origin, :lineage, :event_id, :at) RETURNING id;

-- name: placement_is_free(id, person_id, at)!
-- The run of the person before has ended: for the rules, the placement changes hands now.
INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
SELECT 'placement', pl.id, ARRAY['placement.person'], jsonb_build_object('person_id', :person_id::text),
       jsonb_build_object('person_id', pl.person_id), 'relance', :at
FROM placement pl WHERE pl.id = :id AND pl.deleted_at IS NULL AND pl.person_id <> :person_id;

-- name: crm_event_answer(id)^
SELECT digest, answer FROM crm_event WHERE id = :id;

-- name: add_crm_event(id, received_at, digest, answer)!
INSERT INTO crm_event (id, received_at, digest, answer) VALUES (:id, :received_at, :digest, :answer);

-- name: lock_crm_event(id)!
-- Two deliveries of one event at the same moment: the second waits here, then finds the first one's answer.
SELECT pg_advisory_xact_lock(hashtextextended('crm_event:' || :id, 0));

-- name: lock_record(key)!
SELECT pg_advisory_xact_lock(hashtextextended('record:' || :key, 0));

-- name: lock_records(keys)!
-- In the order of the array: everybody who locks several sorts them first.
SELECT pg_advisory_xact_lock(hashtextextended('record:' || key, 0)) FROM unnest(:keys::text[]) AS keys(key);

-- name: open_runs_about(entity, entity_id)
SELECT id, workflow_id, sequence, version, record_type, person_id FROM enrollment
WHERE state NOT IN ('stopped', 'finished')
  AND ((:entity = 'person' AND person_id = :entity_id)
       OR (:entity = 'placement' AND record_type = 'placement' AND record_id = :entity_id)
       OR (:entity = 'client' AND record_type = 'placement'
           AND record_id IN (SELECT id FROM placement WHERE client_id = :entity_id)));

-- name: mark_person_deleted(id, at)!
-- A null instant brings the person back, also one that had been merged into another.
UPDATE person SET deleted_at = :at, merged_into = CASE WHEN :at::timestamptz IS NULL THEN NULL ELSE merged_into END
WHERE id = :id AND (deleted_at IS NULL) <> (:at::timestamptz IS NULL);

-- name: mark_person_merged(id, into, at)!
UPDATE person SET deleted_at = coalesce(deleted_at, :at), merged_into = :into
WHERE id = :id AND merged_into IS DISTINCT FROM :into;

-- name: pass_on_suppressions(id, into, source, at)
-- Who asked not to be contacted stays so under the other record's id.
INSERT INTO suppression (person_id, address, channel, reason, source, since)
SELECT :into, NULL, s.channel, s.reason, :source, :at FROM suppression s
WHERE s.person_id = :id AND s.lifted_at IS NULL
ON CONFLICT DO NOTHING RETURNING channel;

-- name: lift_suppressions_by(person_id, reason, at)
UPDATE suppression SET lifted_at = :at
WHERE person_id = :person_id AND reason = :reason AND lifted_at IS NULL RETURNING channel;

-- name: mark_placement_deleted(id, at)!
UPDATE placement SET deleted_at = :at WHERE id = :id AND (deleted_at IS NULL) <> (:at::timestamptz IS NULL);

-- name: mark_person_fields(id, marks)!
UPDATE person SET field_lineage = field_lineage || :marks WHERE id = :id;

-- name: unmark_person_fields(id, columns)!
UPDATE person SET field_lineage = field_lineage - :columns::text[] WHERE id = :id AND field_lineage <> '{}';

-- name: mark_placement_fields(id, marks)!
UPDATE placement SET field_lineage = field_lineage || :marks WHERE id = :id;

-- name: unmark_placement_fields(id, columns)!
UPDATE placement SET field_lineage = field_lineage - :columns::text[] WHERE id = :id AND field_lineage <> '{}';
