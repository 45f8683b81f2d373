-- name: merged_people(id)
-- A person and, in order, the ones into whom the CRM merged it.
WITH RECURSIVE chain AS (
    SELECT id, merged_into, email, phone, phone_key, 1 AS depth FROM person WHERE id = :id
    UNION ALL
    SELECT p.id, p.merged_into, p.email, p.phone, p.phone_key, c.depth + 1 FROM person p JOIN chain c ON p.id = c.merged_into
    WHERE c.depth < 8
)
SELECT id, email, phone, phone_key FROM chain ORDER BY depth;

-- name: given_consents(people, columns)
-- not null: name
-- Which of these columns of any of them says something.
SELECT DISTINCT v.key AS name FROM person p CROSS JOIN LATERAL jsonb_each_text(to_jsonb(p)) v
WHERE p.id = ANY(:people::text[]) AND v.key = ANY(:columns::text[]) AND length(v.value) > 0;

-- name: number_written_to(people, channels)$
-- The number as messages went to it; records keep it as it was typed.
SELECT recipient FROM send WHERE person_id = ANY(:people::text[]) AND channel = ANY(:channels::text[])
ORDER BY planned_at DESC, id LIMIT 1;

-- name: standing_suppressions(people, addresses)
-- not null: channel, reason, since, id
SELECT DISTINCT s.channel, s.reason, s.since, s.id
FROM unnest(:people::text[]) AS one(person), suppressions_on(one.person, :addresses::text[]) s
ORDER BY s.since, s.id;

-- name: lift_chosen(people, addresses, channel, reason, at)!
-- Whoever reads mail at the address has chosen, also for the other records that it stands in.
UPDATE suppression s SET lifted_at = :at
FROM unnest(:people::text[]) AS one(person), suppressions_on(one.person, :addresses::text[]) x
WHERE s.id = x.id AND x.channel = :channel AND x.reason = :reason AND s.lifted_at IS NULL;
