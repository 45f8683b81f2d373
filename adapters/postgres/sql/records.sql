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
       EXISTS (SELECT 1 FROM suppressions_on(p.id, ARRAY[p.email_key, p.phone_key])) AS suppressed
FROM person p WHERE p.deleted_at IS NULL ORDER BY p.id LIMIT :limit;

-- name: add_change(entity, entity_id, fields, before, after, origin, lineage, event_id, at)$
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
VALUES (:entity, :entity_id, :fields, :before, :after, :origin, :lineage, :event_id, :at) RETURNING id;

-- name: crm_event_answer(id)^
SELECT digest, answer FROM crm_event WHERE id = :id;

-- name: add_crm_event(id, received_at, digest, answer)!
-- With the batch of its changes: the rule watcher takes them as one.
WITH brought AS (SELECT count(*) AS rows FROM change WHERE batch = 'event:' || :id::text AND watched_at IS NULL),
noted AS (
    INSERT INTO change_batch (id, origin, rows, opened_at, closed_at)
    SELECT 'event:' || :id::text, 'event', rows, :received_at::timestamptz, :received_at::timestamptz FROM brought WHERE rows > 0
)
INSERT INTO crm_event (id, received_at, digest, answer) VALUES (:id, :received_at, :digest, :answer);

-- name: lock_crm_event(id)!
-- Two deliveries of one event at the same moment: the second waits here, then finds the first one's answer.
-- Every change of this transaction belongs to the event's batch (0032).
SELECT pg_advisory_xact_lock(hashtextextended('crm_event:' || :id, 0)),
       set_config('relance.batch', 'event:' || :id::text, true);

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

-- name: pass_on_suppressions(id, into, source, at)!
-- Who asked not to be contacted stays so under the other record's id, at the addresses of both.
WITH passed AS (
    INSERT INTO suppression (person_id, address, channel, reason, source, since)
    SELECT :into, NULL, s.channel, s.reason, :source, :at FROM suppression s
    WHERE s.person_id = :id AND s.lifted_at IS NULL
    ON CONFLICT DO NOTHING RETURNING id, channel, reason
)
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT DISTINCT a.address, p.id, p.channel
FROM passed p JOIN suppression s ON s.person_id = :id AND s.lifted_at IS NULL AND (s.channel, s.reason) = (p.channel, p.reason)
JOIN suppressed_address a ON a.suppression_id = s.id
ON CONFLICT DO NOTHING;

-- name: lift_suppressions_by(person_id, reason, at)
-- Also of those who were merged into the person: their addresses are the person's.
WITH RECURSIVE one AS (
    SELECT :person_id::text AS id UNION SELECT p.id FROM person p JOIN one ON p.merged_into = one.id
)
UPDATE suppression SET lifted_at = :at
WHERE person_id IN (SELECT id FROM one) AND reason = :reason AND lifted_at IS NULL RETURNING channel;

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
