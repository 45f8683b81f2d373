-- name: rule_states()
-- Only what the newest version says counts; a sequence without rules has no row.
SELECT sequence, version, since, broken FROM rule_state ORDER BY sequence;

-- name: people_concerned(persons, clients, owners)
SELECT id FROM person WHERE id = ANY(:persons::text[])
UNION
SELECT id FROM person WHERE client_id = ANY(:clients::text[])
UNION
SELECT id FROM person WHERE owner_id = ANY(:owners::text[])
ORDER BY id;

-- name: placements_concerned(persons, placements, clients, owners)
-- A placement without client or owner of its own has its person's.
SELECT id FROM placement WHERE id = ANY(:placements::text[])
UNION
SELECT id FROM placement WHERE person_id = ANY(:persons::text[])
UNION
SELECT id FROM placement WHERE client_id = ANY(:clients::text[])
UNION
SELECT pl.id FROM person p JOIN placement pl ON pl.person_id = p.id AND (pl.client_id IS NULL OR pl.client_id = '')
WHERE p.client_id = ANY(:clients::text[])
UNION
SELECT id FROM placement WHERE owner_id = ANY(:owners::text[])
UNION
SELECT pl.id FROM person p JOIN placement pl ON pl.person_id = p.id AND (pl.owner_id IS NULL OR pl.owner_id = '')
WHERE p.owner_id = ANY(:owners::text[])
ORDER BY id;
