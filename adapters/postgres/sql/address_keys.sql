-- name: address_key_basis()^
SELECT rules, region FROM address_key_basis;

-- name: set_address_key_basis(rules, region)!
INSERT INTO address_key_basis (rules, region) VALUES (:rules, :region)
ON CONFLICT (one) DO UPDATE SET rules = excluded.rules, region = excluded.region;

-- name: any_stale_keys()$
SELECT EXISTS (SELECT 1 FROM person WHERE keys_stale);

-- name: all_keys_stale(after, limit, numbers_only)$
-- The next people by id; null behind the last one.
WITH page AS (
    SELECT id FROM person WHERE id > :after ORDER BY id LIMIT :limit
), marked AS (
    UPDATE person p SET keys_stale = true FROM page
    WHERE p.id = page.id AND NOT p.keys_stale AND (p.phone IS NOT NULL OR (p.email IS NOT NULL AND NOT :numbers_only))
)
SELECT max(id) FROM page;

-- name: stale_people(limit)
SELECT id, email, phone FROM person WHERE keys_stale ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: stale_among(ids)
SELECT id, email, phone FROM person WHERE id = ANY(:ids::text[]) AND keys_stale ORDER BY id FOR UPDATE;

-- name: write_address_keys(ids, emails, phones)!
-- null: emails[], phones[]
UPDATE person p SET email_key = made.email, phone_key = made.phone, keys_stale = false
FROM unnest(:ids::text[], :emails::text[], :phones::text[]) AS made(id, email, phone) WHERE p.id = made.id;

-- name: odd_recipients()
-- Of whom lower() is not the key.
SELECT id, recipient FROM send WHERE recipient_key IS NULL AND channel = 'email' AND recipient ~ '[^ -~]';

-- name: write_recipient_keys(ids, keys)!
UPDATE send d SET recipient_key = made.key
FROM unnest(:ids::text[], :keys::text[]) AS made(id, key) WHERE d.id = made.id;

-- name: odd_suppressed_addresses()
SELECT address, suppression_id, channel FROM suppressed_address WHERE address ~ '[^ -~]' OR address !~ '^[+]|@';

-- name: cover_keys(ids, keys, channels)!
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT made.key, made.id, made.channel
FROM unnest(:ids::bigint[], :keys::text[], :channels::text[]) AS made(id, key, channel)
ON CONFLICT DO NOTHING;
