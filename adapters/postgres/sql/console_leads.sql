-- name: console_lists(owners, most)
-- null: owners
-- not null: number, last
-- Each list with how many are on it, of those whom somebody sees.
SELECT m.list, count(*) AS number, max(m.added_at) AS last
FROM list_member m
WHERE :owners::text[] IS NULL
   OR m.person_id IN (SELECT p.id FROM person p WHERE p.owner_id IS NULL OR p.owner_id = ANY(:owners::text[]))
GROUP BY m.list ORDER BY lower(m.list), m.list LIMIT :most;
