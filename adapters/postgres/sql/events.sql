-- name: add_person_event(id, person_id, kind, at, origin, lineage, source, event_id, recorded_at)^
-- One statement: told is empty when this event was told before; moved is empty when a newer one is known, or nobody of
-- that id. The lock in "old" makes two events at once see each other's time.
WITH told AS (
    INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
    SELECT :id::text, p.id, :kind::text, :at::timestamptz, :origin::text, :lineage::text[], :source::text,
           :recorded_at::timestamptz FROM person p WHERE p.id = :person_id
    ON CONFLICT DO NOTHING RETURNING id
), old AS (
    SELECT p.id, (to_jsonb(p) ->> :kind::text)::timestamptz AS was FROM person p WHERE p.id = :person_id FOR UPDATE
), moved AS (
    UPDATE person p SET
        last_contacted = CASE WHEN :kind = 'last_contacted' THEN :at ELSE last_contacted END,
        last_shortlisted = CASE WHEN :kind = 'last_shortlisted' THEN :at ELSE last_shortlisted END,
        last_interviewed = CASE WHEN :kind = 'last_interviewed' THEN :at ELSE last_interviewed END,
        last_placed = CASE WHEN :kind = 'last_placed' THEN :at ELSE last_placed END,
        last_replied = CASE WHEN :kind = 'last_replied' THEN :at ELSE last_replied END,
        resume_updated = CASE WHEN :kind = 'resume_updated' THEN :at ELSE resume_updated END,
        field_lineage = CASE WHEN cardinality(:lineage::text[]) = 0 THEN field_lineage - :kind::text
                             ELSE field_lineage || jsonb_build_object(:kind::text, to_jsonb(:lineage::text[])) END
    FROM old, told
    WHERE p.id = old.id AND (old.was IS NULL OR old.was < :at)
    RETURNING p.id, old.was
), noted AS (
    INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
    SELECT 'person', m.id, ARRAY['person.' || :kind::text], jsonb_build_object(:kind::text, m.was),
           jsonb_build_object(:kind::text, :at::timestamptz), :origin::text, :lineage::text[], :event_id::text, :recorded_at::timestamptz
    FROM moved m RETURNING id
)
SELECT EXISTS (SELECT 1 FROM told) AS fresh, (SELECT id FROM noted) AS change_id;

-- name: events_of(person_id)
SELECT * FROM person_event WHERE person_id = :person_id ORDER BY at, id;

-- name: add_created_event(id, person_id, at, origin, lineage, source, recorded_at)!
INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
VALUES (:id, :person_id, 'created', :at, :origin, :lineage, :source, :recorded_at) ON CONFLICT DO NOTHING;

-- name: echoed_lineage(follow_up)^
-- What a webhook follow-up stands for: the chain of its run, and the run's own sequence.
SELECT e.lineage, e.sequence FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
WHERE f.id = :follow_up AND f.kind = 'webhook';

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
