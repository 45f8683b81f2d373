-- name: console_people_of_rule(ids)
-- Names of people, and whose they are.
SELECT id, first_name, last_name, owner_id FROM person WHERE id = ANY(:ids::text[]);
