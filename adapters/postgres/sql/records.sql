-- name: person_row(id)^
SELECT * FROM person WHERE id = :id;

-- name: placement_row(id)^
SELECT * FROM placement WHERE id = :id;

-- name: record_shown(person, placement)^
-- null: person, placement, of_placement, of_client, of_owner
-- not null: of_closed
-- A person, or a placement with its person, and all that belongs to it; without "person" whose the placement is. Client
-- and owner are the placement's, or else the person's. No row: there is no such person.
SELECT p.*, to_jsonb(pl) AS of_placement, to_jsonb(c) AS of_client, to_jsonb(o) AS of_owner, ARRAY(
    SELECT d.day FROM closed_day d WHERE d.owner_id IS NULL OR d.owner_id = coalesce(nullif(pl.owner_id, ''), p.owner_id)
    ORDER BY d.day) AS of_closed
FROM (SELECT 1) one LEFT JOIN placement pl ON pl.id = :placement JOIN person p ON p.id = coalesce(:person, pl.person_id)
LEFT JOIN client c ON c.id = coalesce(nullif(pl.client_id, ''), p.client_id)
LEFT JOIN owner o ON o.id = coalesce(nullif(pl.owner_id, ''), p.owner_id);

-- name: client_row(id)^
SELECT * FROM client WHERE id = :id;

-- name: owner_row(id)^
SELECT * FROM owner WHERE id = :id;

-- name: add_change(entity, entity_id, fields, before, after, origin, lineage, event_id, at)$
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
VALUES (:entity, :entity_id, :fields, :before, :after, :origin, :lineage, :event_id, :at) RETURNING id;

-- name: add_changes(changes, origin, event_id, at)
-- null: event_id
-- The same for many records, in the order of "position".
INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
SELECT c.entity, c.entity_id, c.fields, c.before, c.after, :origin, c.lineage, :event_id, :at
FROM jsonb_to_recordset(:changes::jsonb) AS c(
    position integer, entity text, entity_id text, fields text[], before jsonb, after jsonb, lineage text[])
ORDER BY c.position RETURNING id, entity, entity_id;

-- name: placement_is_free(id, person_id, at)!
-- The run of the person before has ended: for the rules, the placement changes hands now.
INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
SELECT 'placement', pl.id, ARRAY['placement.person'], jsonb_build_object('person_id', :person_id::text),
       jsonb_build_object('person_id', pl.person_id), 'relance', :at
FROM placement pl WHERE pl.id = :id AND pl.deleted_at IS NULL AND pl.person_id <> :person_id;

-- name: begin_crm_event(id, records)^
-- not null: digest, answer
-- The answer that the event had already; else none, and its records are locked in the order of the array. Two deliveries
-- of one event at the same moment: the second waits here, then finds the first one's answer.
SELECT digest, answer FROM begin_crm_event(:id, :records);

-- name: add_crm_event(id, received_at, digest, answer)!
-- With the batch of its changes: the rule watcher takes them as one.
WITH brought AS (SELECT count(*) AS rows FROM change WHERE batch = 'event:' || :id::text AND watched_at IS NULL),
noted AS (
    INSERT INTO change_batch (id, origin, rows, opened_at, closed_at)
    SELECT 'event:' || :id::text, 'event', rows, :received_at::timestamptz, :received_at::timestamptz FROM brought WHERE rows > 0
)
INSERT INTO crm_event (id, received_at, digest, answer) VALUES (:id, :received_at, :digest, :answer);

-- name: answer_crm_event(id, answer)!
UPDATE crm_event SET answer = :answer WHERE id = :id;

-- name: fields_changed_since(entity, entity_id, event_id)
-- Fields of a record that others have written since that event was taken in.
SELECT DISTINCT field FROM change, unnest(fields) AS each(field)
WHERE entity = :entity AND entity_id = :entity_id AND event_id IS DISTINCT FROM :event_id
  AND at >= (SELECT received_at FROM crm_event WHERE id = :event_id);

-- name: field_times(entity, entity_id)
SELECT field, at, version FROM field_told WHERE entity = :entity AND entity_id = :entity_id;

-- name: keep_field_times(entity, entity_id, fields, waiting, at, version)!
-- null: waiting[], at, version
INSERT INTO field_told AS known (entity, entity_id, field, waiting, at, version)
SELECT :entity, :entity_id, told.field, told.waiting, :at::timestamptz, :version::bigint
FROM unnest(:fields::text[], :waiting::text[]) AS told(field, waiting)
ON CONFLICT (entity, entity_id, field) DO UPDATE
SET at = greatest(known.at, excluded.at), version = greatest(known.version, excluded.version),
    waiting = excluded.waiting;

-- name: field_times_of(entities, ids)
-- not null: entity, entity_id
SELECT entity, entity_id, field, at, version FROM field_told
JOIN unnest(:entities::text[], :ids::text[]) AS asked(entity, entity_id) USING (entity, entity_id);

-- name: keep_field_times_of(told)!
-- Of many records, each at its own time.
INSERT INTO field_told AS known (entity, entity_id, field, at, version)
SELECT t.entity, t.entity_id, f.field, t.at, t.version
FROM jsonb_to_recordset(:told::jsonb) AS t(entity text, entity_id text, fields text[], at timestamptz, version bigint),
     unnest(t.fields) AS f(field)
ON CONFLICT (entity, entity_id, field) DO UPDATE
SET at = greatest(known.at, excluded.at), version = greatest(known.version, excluded.version),
    waiting = excluded.waiting;

-- name: awaited_records(entities, ids)
-- not null: entity, entity_id
-- Of records that are new those that were told to be gone already, and people into whom others were merged.
SELECT f.entity, f.entity_id FROM field_told f
JOIN unnest(:entities::text[], :ids::text[]) AS asked(entity, entity_id) USING (entity, entity_id)
WHERE f.field = 'deleted' AND f.waiting IS NOT NULL
UNION
SELECT 'person', p.merged_into FROM person p
WHERE p.merged_into IN (SELECT a.id FROM unnest(:entities::text[], :ids::text[]) AS a(entity, id) WHERE a.entity = 'person');

-- name: waiting_mark(entity, entity_id)$
UPDATE field_told f SET waiting = NULL
FROM (SELECT waiting FROM field_told WHERE entity = :entity AND entity_id = :entity_id AND field = 'deleted') AS old
WHERE f.entity = :entity AND f.entity_id = :entity_id AND f.field = 'deleted' AND old.waiting IS NOT NULL
RETURNING old.waiting;

-- name: lock_record(key)!
SELECT pg_advisory_xact_lock(hashtextextended('record:' || :key, 0));

-- name: lock_records(keys)!
-- In the order of the array: everybody who locks several sorts them first.
SELECT pg_advisory_xact_lock(hashtextextended('record:' || key, 0)) FROM unnest(:keys::text[]) AS keys(key);

-- name: share_two_records(first, second)$
-- not null: shared
-- As below, of two that are shared only together.
SELECT pg_try_advisory_xact_lock_shared(hashtextextended('record:' || :first::text, 0))
   AND pg_try_advisory_xact_lock_shared(hashtextextended('record:' || :second::text, 0)) AS shared;

-- name: share_records(keys)
-- not null: key, shared
-- Nobody writes to a shared record until this transaction is over; one that somebody writes to now is not shared. Never
-- waits, so it takes part in no deadlock.
SELECT key, pg_try_advisory_xact_lock_shared(hashtextextended('record:' || key, 0)) AS shared
FROM unnest(:keys::text[]) AS keys(key);

-- name: people_rows(ids)
SELECT * FROM person WHERE id = ANY(:ids::text[]);

-- name: placement_rows(ids)
SELECT * FROM placement WHERE id = ANY(:ids::text[]);

-- name: client_rows(ids)
SELECT * FROM client WHERE id = ANY(:ids::text[]);

-- name: owner_rows(ids)
SELECT * FROM owner WHERE id = ANY(:ids::text[]);

-- Each kind of record has its own statement: of one for all, Postgres would keep the plan that suits one of them.

-- name: open_runs_of_person(id)
-- row: OpenRunAboutRow
SELECT id, workflow_id, sequence, version, record_type, person_id FROM enrollment
WHERE person_id = :id AND run_is_open(state);

-- name: open_runs_of_placement(id)
-- row: OpenRunAboutRow
SELECT id, workflow_id, sequence, version, record_type, person_id FROM enrollment
WHERE record_type = 'placement' AND record_id = :id AND run_is_open(state);

-- name: open_runs_of_client(id)
-- row: OpenRunAboutRow
-- About its placements.
SELECT e.id, e.workflow_id, e.sequence, e.version, e.record_type, e.person_id
FROM placement pl JOIN enrollment e ON e.record_id = pl.id
WHERE pl.client_id = :id AND e.record_type = 'placement' AND run_is_open(e.state);

-- The same of many records, with the record that each run is told of.

-- name: open_runs_about_people(ids)
-- row: RunAboutRow
SELECT e.person_id AS about, e.id, e.person_id FROM enrollment e
WHERE e.person_id = ANY(:ids::text[]) AND run_is_open(e.state);

-- name: open_runs_about_placements(ids)
-- row: RunAboutRow
SELECT e.record_id AS about, e.id, e.person_id FROM enrollment e
WHERE e.record_type = 'placement' AND e.record_id = ANY(:ids::text[]) AND run_is_open(e.state);

-- name: open_runs_about_clients(ids)
-- row: RunAboutRow
SELECT pl.client_id AS about, e.id, e.person_id
FROM placement pl JOIN enrollment e ON e.record_id = pl.id
WHERE pl.client_id = ANY(:ids::text[]) AND e.record_type = 'placement' AND run_is_open(e.state);

-- name: mark_person_deleted(id, at)!
-- A null instant brings the person back, also one that had been merged into another.
UPDATE person SET deleted_at = :at, merged_into = CASE WHEN :at::timestamptz IS NULL THEN NULL ELSE merged_into END
WHERE id = :id AND (deleted_at IS NULL) <> (:at::timestamptz IS NULL);

-- name: mark_person_merged(id, into, at)!
UPDATE person SET deleted_at = coalesce(deleted_at, :at), merged_into = :into
WHERE id = :id AND merged_into IS DISTINCT FROM :into;

-- name: pass_on_suppressions(id, into, source, at)
-- Who asked not to be contacted stays so under the other record's id, at the addresses of both.
WITH passed AS (
    INSERT INTO suppression (person_id, address, channel, reason, source, since)
    SELECT :into, NULL, s.channel, s.reason, :source, :at FROM suppression s
    WHERE s.person_id = :id AND s.lifted_at IS NULL
    ON CONFLICT DO NOTHING RETURNING id, channel, reason
), covered AS (
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT DISTINCT a.address, p.id, p.channel
    FROM passed p JOIN suppression s
      ON s.person_id = :id AND s.lifted_at IS NULL AND (s.channel, s.reason) = (p.channel, p.reason)
    JOIN suppressed_address a ON a.suppression_id = s.id
    ON CONFLICT DO NOTHING
)
SELECT channel FROM passed;

-- name: lift_suppressions_by(person_id, reason, keep, at)
-- Also of those who were merged into the person: their addresses are the person's.
WITH RECURSIVE one AS (
    SELECT :person_id::text AS id UNION SELECT p.id FROM person p JOIN one ON p.merged_into = one.id
)
UPDATE suppression SET lifted_at = :at
WHERE person_id IN (SELECT id FROM one) AND reason = :reason AND lifted_at IS NULL AND channel <> ALL(:keep::text[])
RETURNING channel;

-- name: lift_withdrawn_consent(person_id, channel, reason, given, at)
-- A consent that a person gave later ends what stands because it was withdrawn; not one that is older than that.
UPDATE suppression SET lifted_at = :at
WHERE person_id = :person_id AND channel = :channel AND reason = :reason AND lifted_at IS NULL AND since <= :given
RETURNING id;

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

-- name: mark_fields_of_people(marks)!
-- Each loses the lineage of "columns" and gets that of "marks".
UPDATE person p SET field_lineage = (p.field_lineage - m.columns) || m.marks
FROM jsonb_to_recordset(:marks::jsonb) AS m(id text, columns text[], marks jsonb) WHERE p.id = m.id;

-- name: mark_fields_of_placements(marks)!
UPDATE placement p SET field_lineage = (p.field_lineage - m.columns) || m.marks
FROM jsonb_to_recordset(:marks::jsonb) AS m(id text, columns text[], marks jsonb) WHERE p.id = m.id;

-- name: person_names(ids)
SELECT id, first_name, last_name FROM person WHERE id = ANY(:ids::text[]);
