-- Several channels go to a telephone number: what stands against a number counts for each of them.
-- depends: 0315_opt_out_journal 0351_whatsapp 0390_withdrawn_consents

-- migrate: apply
-- Those that sequences.channels says use the number of a person; a test compares the two.
CREATE FUNCTION number_channels() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ARRAY['sms', 'whatsapp'] $$;
-- What a "no" on a channel closes at an address: of a number that colleagues share, all channels of numbers and no more.
CREATE FUNCTION closed_at(address text, channel text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN channel = 'all' AND position('@' in address) = 0 THEN number_channels() ELSE ARRAY[channel] END
$$;

-- As 0080_channels.sql has it for other tables.
ALTER TABLE opt_out_hold DROP CONSTRAINT opt_out_hold_channel_check,
    ADD CONSTRAINT opt_out_hold_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;

-- The functions as in 0018_address_keys.sql, for all channels of numbers.
CREATE OR REPLACE FUNCTION cover_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lifted_at IS NOT NULL THEN
        DELETE FROM suppressed_address WHERE suppression_id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT key.address, NEW.id, NEW.channel FROM (
        SELECT lower(btrim(NEW.address))
        UNION SELECT p.email_key FROM person p WHERE p.id = NEW.person_id AND NEW.channel IN ('email', 'all')
        UNION SELECT p.phone_key FROM person p
              WHERE p.id = NEW.person_id AND NEW.channel = ANY (number_channels() || 'all'::text)
    ) AS key(address) WHERE key.address <> '' ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION cover_new_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT key.address, s.id, s.channel
    FROM suppression s, (VALUES (NEW.email_key, ARRAY['email']), (NEW.phone_key, number_channels())) AS key(address, channels)
    WHERE s.person_id = NEW.id AND s.lifted_at IS NULL AND s.channel = ANY (key.channels || 'all'::text) AND key.address <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- As in 0315_opt_out_journal.sql: a number that is known from somebody else's "no" closes every channel of numbers.
CREATE OR REPLACE FUNCTION suppressions_on(person text, addresses text[]) RETURNS SETOF suppression LANGUAGE sql STABLE AS $$
    SELECT s.* FROM suppression s WHERE s.person_id = person AND s.lifted_at IS NULL
    UNION
    SELECT s.id, s.person_id, s.address, closed.channel, s.reason, s.source, s.since, s.lifted_at, s.journaled
    FROM suppressed_address a JOIN suppression s ON s.id = a.suppression_id
    CROSS JOIN LATERAL unnest(closed_at(a.address, s.channel)) AS closed(channel)
    WHERE a.address = ANY (addresses) AND s.lifted_at IS NULL
      AND (person IS NULL OR s.person_id IS DISTINCT FROM person)
$$;

-- What was written before: the number of whoever is suppressed on another channel of numbers, and erased numbers. Of
-- those it is not known any more whether all was meant or texts, but for a STOP.
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT p.phone_key, s.id, s.channel FROM suppression s JOIN person p ON p.id = s.person_id
WHERE s.lifted_at IS NULL AND s.channel = ANY (number_channels()) AND s.channel <> 'sms' AND p.phone_key <> ''
ON CONFLICT DO NOTHING;
INSERT INTO erased_address (hash, channel, reason, since)
SELECT e.hash, c.channel, e.reason, e.since FROM erased_address e CROSS JOIN unnest(number_channels()) AS c(channel)
WHERE e.channel = 'sms' AND e.reason <> 'stop_word' AND c.channel <> 'sms'
ON CONFLICT DO NOTHING;

-- migrate: rollback
CREATE OR REPLACE FUNCTION suppressions_on(person text, addresses text[]) RETURNS SETOF suppression LANGUAGE sql STABLE AS $$
    SELECT s.* FROM suppression s WHERE s.person_id = person AND s.lifted_at IS NULL
    UNION
    SELECT s.id, s.person_id, s.address,
           CASE WHEN s.channel = 'all' AND position('@' in a.address) = 0 THEN 'sms' ELSE s.channel END,
           s.reason, s.source, s.since, s.lifted_at, s.journaled
    FROM suppressed_address a JOIN suppression s ON s.id = a.suppression_id
    WHERE a.address = ANY (addresses) AND s.lifted_at IS NULL
      AND (person IS NULL OR s.person_id IS DISTINCT FROM person)
$$;
CREATE OR REPLACE FUNCTION cover_new_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT key.address, s.id, s.channel
    FROM suppression s, (VALUES (NEW.email_key, 'email'), (NEW.phone_key, 'sms')) AS key(address, channel)
    WHERE s.person_id = NEW.id AND s.lifted_at IS NULL AND s.channel IN (key.channel, 'all') AND key.address <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION cover_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lifted_at IS NOT NULL THEN
        DELETE FROM suppressed_address WHERE suppression_id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT key.address, NEW.id, NEW.channel FROM (
        SELECT lower(btrim(NEW.address))
        UNION SELECT p.email_key FROM person p WHERE p.id = NEW.person_id AND NEW.channel IN ('email', 'all')
        UNION SELECT p.phone_key FROM person p WHERE p.id = NEW.person_id AND NEW.channel IN ('sms', 'all')
    ) AS key(address) WHERE key.address <> '' ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- Of a hold on another channel an older version would hold every one.
UPDATE opt_out_hold SET channel = 'all' WHERE channel NOT IN ('email', 'sms', 'all');
ALTER TABLE opt_out_hold DROP CONSTRAINT opt_out_hold_channel_check,
    ADD CONSTRAINT opt_out_hold_channel_check CHECK (channel IN ('email', 'sms', 'all'));
DROP FUNCTION closed_at, number_channels;
