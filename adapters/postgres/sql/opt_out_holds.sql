-- name: hold_opt_out(source, people, addresses, channel, since)!
-- A known source changes nothing, also one of which somebody has decided.
INSERT INTO opt_out_hold (source, people, addresses, channel, since)
VALUES (:source, :people, :addresses, :channel, :since) ON CONFLICT DO NOTHING;

-- name: keys_of_people(people)
-- null: key
-- The addresses of people, as they are compared.
SELECT k.key FROM person p, unnest(ARRAY[p.email_key, p.phone_key]) AS k(key)
WHERE p.id = ANY(:people::text[]) AND k.key IS NOT NULL ORDER BY p.id, k.key;

-- name: end_opt_out_hold(source, at, outcome)$
-- The channel that it held; None: there was none, or somebody has decided.
UPDATE opt_out_hold SET ended_at = :at, outcome = :outcome WHERE source = :source AND ended_at IS NULL RETURNING channel;

-- name: opt_out_hold_of(source)^
SELECT * FROM opt_out_hold WHERE source = :source;

-- name: opt_out_holds_of(person_id, addresses)
-- Those that stand against a person.
SELECT * FROM opt_out_holds_on(:person_id, :addresses::text[], NULL) ORDER BY since, source;
