-- name: console_people_of_rule(ids)
-- Names of people, and whose they are.
SELECT p.id, p.first_name, p.last_name, p.owner_id, nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name
FROM person p LEFT JOIN owner o ON o.id = p.owner_id WHERE p.id = ANY(:ids::text[]);
