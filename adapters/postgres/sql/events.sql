-- name: add_person_event(id, person_id, kind, at, origin, lineage, source, event_id, recorded_at)^
-- null: event_id
-- not null: fresh
SELECT fresh, change_id
FROM add_person_event(:id, :person_id, :kind, :at, :origin, :lineage, :source, :event_id, :recorded_at);

-- name: add_created_event(id, person_id, at, origin, lineage, source, recorded_at)!
INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
VALUES (:id, :person_id, 'created', :at, :origin, :lineage, :source, :recorded_at) ON CONFLICT DO NOTHING;

-- name: add_created_events(events, origin, recorded_at)!
INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
SELECT e.id, e.person_id, 'created', e.at, :origin, e.lineage, e.source, :recorded_at
FROM jsonb_to_recordset(:events::jsonb) AS e(id text, person_id text, at timestamptz, lineage text[], source text)
ON CONFLICT DO NOTHING;

-- name: echoed_lineage(follow_up)^
-- not null: lineage, sequence
-- What a webhook follow-up stands for: the chain of its run, and the run's own sequence. A write to the CRM has both in
-- one.
SELECT e.lineage, e.sequence FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
WHERE f.id = :follow_up AND f.kind = 'webhook'
UNION ALL
SELECT trim_array(w.lineage, 1), w.lineage[cardinality(w.lineage)] FROM crm_write w
WHERE w.id = :follow_up AND w.lineage <> '{}';

-- name: own_writes(entities, ids, since)
-- What our automation wrote to these records lately, the newest first.
SELECT c.entity, c.entity_id, c.after, c.lineage FROM change c
JOIN unnest(:entities::text[], :ids::text[]) AS asked(entity, entity_id) USING (entity, entity_id)
WHERE c.origin = 'relance' AND c.at >= :since AND c.lineage <> '{}'
ORDER BY c.id DESC;

-- name: own_event(person_id, kind, since, until)^
-- The CRM logs what we sent as a contact of its own: an event of the same kind at nearly the same time is that one.
SELECT lineage FROM person_event
WHERE person_id = :person_id AND kind = :kind AND at BETWEEN :since AND :until AND origin = 'relance'
  AND lineage <> '{}'
ORDER BY at DESC LIMIT 1;
