-- What is known of people who would enter a sequence, of many in one statement. Places count from 1.

-- name: suppressions_of_many(people, emails, phones)
-- null: emails[], phones[]
-- not null: place, channel, reason, since
-- The e-mail addresses and the numbers as they are compared.
SELECT p.place, s.channel, s.reason, s.since
FROM unnest(:people::text[], :emails::text[], :phones::text[]) WITH ORDINALITY AS p(person_id, email, phone, place),
     LATERAL suppressions_on(p.person_id, ARRAY[p.email, p.phone]) s
ORDER BY s.id;

-- name: waiting_answers(people, emails, phones)
-- null: emails[], phones[]
-- not null: place, received_at, unmatched
-- The oldest answer of each, or of another record with the address, that nobody has handled; or one that may be to any
-- of several runs.
SELECT p.place, a.received_at, a.unmatched
FROM unnest(:people::text[], :emails::text[], :phones::text[]) WITH ORDINALITY AS p(person_id, email, phone, place),
     LATERAL (
         SELECT r.received_at, false AS unmatched FROM reaction r
         WHERE r.kind = 'replied' AND r.handled_at IS NULL
           AND (r.person_id = p.person_id OR r.address IN (p.email, p.phone))
         UNION ALL
         SELECT i.received_at, true FROM inbound i
         WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email
         ORDER BY 1 LIMIT 1) a;

-- name: addresses_in_sequence(sequence, people, steps, channels, keys, now)
-- not null: place
-- Those of the addresses that a sequence reaches, or is about to reach, for another person.
SELECT place FROM addresses_in_sequence(:sequence, :people, :steps, :channels, :keys, :now) AS a(place);
