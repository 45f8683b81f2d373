-- name: merged_people(id)
-- A person and, in order, the ones into whom the CRM merged it.
WITH RECURSIVE chain AS (
    SELECT id, merged_into, email, phone, 1 AS depth FROM person WHERE id = :id
    UNION ALL
    SELECT p.id, p.merged_into, p.email, p.phone, c.depth + 1 FROM person p JOIN chain c ON p.id = c.merged_into
    WHERE c.depth < 8
)
SELECT id, email, phone FROM chain ORDER BY depth;

-- name: text_number(people)$
-- The number as texts went to it; records keep it as it was typed.
SELECT recipient FROM send WHERE person_id = ANY(:people::text[]) AND channel = 'sms'
ORDER BY planned_at DESC, id LIMIT 1;

-- name: standing_suppressions(people, addresses)
SELECT channel, reason, since FROM suppression
WHERE lifted_at IS NULL AND (person_id = ANY(:people::text[]) OR address = ANY(:addresses::text[]))
ORDER BY since, id;
