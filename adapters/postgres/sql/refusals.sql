-- Who was matched, or asked for, and did not enter.

-- name: add_rule_refusals(sequence, refusals, at)
-- One row for each record and reason. A new reason ends the one before, unless it "keeps" that. "fresh" is what did not
-- stand already.
WITH told AS (
    SELECT r.person_id, r.record_id, r.reason, r.detail, r.keeps,
           ARRAY(SELECT jsonb_array_elements_text(r.fields)) AS fields
    FROM jsonb_to_recordset(:refusals::jsonb)
         AS r(person_id text, record_id text, reason text, detail text, fields jsonb, keeps boolean)
), passed AS (
    UPDATE refusal f SET state = 'passed' FROM told t
    WHERE f.sequence = :sequence AND f.record_id = t.record_id AND f.state = 'standing'
      AND (f.reason <> t.reason OR f.via <> 'rule') AND NOT t.keeps
)
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, fields)
SELECT :sequence, t.person_id, t.record_id, t.reason, t.detail, 'rule', :at::timestamptz, :at::timestamptz,
       :at::timestamptz, t.fields
FROM told t ORDER BY t.record_id, t.reason
ON CONFLICT (sequence, record_id, reason) WHERE via = 'rule'
DO UPDATE SET at = excluded.at, detail = excluded.detail, times = refusal.times + 1, person_id = excluded.person_id,
              fields = excluded.fields, state = 'standing',
              since = CASE WHEN refusal.state = 'standing' THEN refusal.since ELSE excluded.since END
RETURNING record_id, since = :at::timestamptz AS fresh;

-- name: add_refusal(sequence, person_id, record_id, reason, detail, via, at)!
-- Somebody asked for it by hand, and got the answer.
WITH passed AS (
    UPDATE refusal SET state = 'passed'
    WHERE sequence = :sequence AND record_id = :record_id AND state = 'standing' AND via <> 'rule'
)
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, since)
VALUES (:sequence, :person_id, :record_id, :reason, :detail, :via, :at, :at);

-- name: refusals_entered(sequence, records)!
UPDATE refusal SET state = 'entered'
WHERE sequence = :sequence AND record_id = ANY(:records::text[]) AND state = 'standing';

-- name: refusals_passed(sequence, records)!
-- The rule is not true of them any more: what stood against them is of no interest.
UPDATE refusal SET state = 'passed'
WHERE sequence = :sequence AND record_id = ANY(:records::text[]) AND state = 'standing' AND via = 'rule';

-- name: refusals_of_sequence_passed(sequence)!
-- Other rules, or none: nobody waits for those before.
UPDATE refusal SET state = 'passed' WHERE sequence = :sequence AND state = 'standing' AND via = 'rule';

-- name: refused_touched(persons, placements, final)
-- row: RefusedTouchedRow
-- Records that were refused for what can pass, and about which something changed.
SELECT sequence, record_id FROM refusal
WHERE state = 'standing' AND via = 'rule' AND reason <> ALL(:final::text[]) AND person_id = ANY(:persons::text[])
UNION
SELECT sequence, record_id FROM refusal
WHERE state = 'standing' AND via = 'rule' AND reason <> ALL(:final::text[]) AND record_id = ANY(:placements::text[]);

-- name: refused_touched_by_links(clients, owners, final)
-- row: RefusedTouchedRow
-- The same, when their owner or client changed: that of the placement, of the person behind it, or of the person.
WITH behind AS (
    SELECT id FROM person WHERE client_id = ANY(:clients::text[])
    UNION
    SELECT id FROM person WHERE owner_id = ANY(:owners::text[])
), about AS (
    SELECT id FROM placement WHERE client_id = ANY(:clients::text[])
    UNION
    SELECT id FROM placement WHERE owner_id = ANY(:owners::text[])
    UNION
    SELECT pl.id FROM behind b JOIN placement pl ON pl.person_id = b.id
)
SELECT r.sequence, r.record_id FROM about a JOIN refusal r ON r.record_id = a.id
WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason <> ALL(:final::text[])
UNION
SELECT r.sequence, r.record_id FROM behind b JOIN refusal r ON r.person_id = b.id
WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason <> ALL(:final::text[])
  -- OFFSET: asked of each row that is left, or all placements would be read for it.
  AND NOT EXISTS (SELECT 1 FROM placement pl WHERE pl.id = r.record_id OFFSET 0);

-- name: refused_page(sequence, after, limit, at, final)
SELECT DISTINCT record_id FROM refusal
WHERE sequence = :sequence AND state = 'standing' AND via = 'rule' AND reason <> ALL(:final::text[])
  AND at <> :at AND record_id > :after ORDER BY record_id LIMIT :limit;

-- name: refused_waits_for(sequence, record_type, records, final)
-- What each waits for, and which automation wrote what lately.
SELECT r.record_id, r.reason, r.fields, coalesce(p.field_lineage, '{}') AS person,
       coalesce(pl.field_lineage, '{}') AS placement
FROM refusal r
LEFT JOIN placement pl ON :record_type::text = 'placement' AND pl.id = r.record_id
LEFT JOIN person p ON p.id = coalesce(pl.person_id, r.person_id)
WHERE r.sequence = :sequence AND r.record_id = ANY(:records::text[]) AND r.state = 'standing' AND r.via = 'rule'
  AND r.reason <> ALL(:final::text[]);

-- name: refused_at(sequence, at)
-- Whom a scan, or a batch in several pages, refused afresh: all its pages carry one instant.
SELECT r.reason, r.detail, r.fields, r.person_id, coalesce(nullif(pl.owner_id, ''), p.owner_id) AS owner_id
FROM refusal r
JOIN rule_state s ON s.sequence = r.sequence
JOIN sequence_version v ON v.sequence = s.sequence AND v.version = s.version
LEFT JOIN placement pl ON v.definition ->> 'record' = 'placement' AND pl.id = r.record_id
LEFT JOIN person p ON p.id = coalesce(pl.person_id, r.person_id)
WHERE r.sequence = :sequence AND r.via = 'rule' AND r.state = 'standing' AND r.at = :at AND r.since = :at
ORDER BY r.record_id;
