-- Addresses in the one form in which they are compared (lower case, A-labels, E.164), and suppressions of them.
-- depends: 0015_reviews

-- migrate: apply
-- Postgres can neither map a domain (UTS 46) nor read a number, so the application writes the keys. What it did not
-- write (an older release, SQL by hand) has keys that SQL made, which are right for plain addresses, and is stale until
-- the application has made them anew (adapters/postgres/address_keys.py).
ALTER TABLE person
    ADD COLUMN email_key text,
    ADD COLUMN phone_key text,
    ADD COLUMN keys_stale boolean NOT NULL DEFAULT true;
ALTER TABLE person ALTER COLUMN keys_stale SET DEFAULT false;
CREATE INDEX person_email_key ON person (email_key) WHERE email_key IS NOT NULL;
CREATE INDEX person_phone_key ON person (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX person_keys_stale ON person (id) WHERE keys_stale;
-- Null in a row of an older release: then lower(recipient) is the key, and the application writes those it is not for.
ALTER TABLE send ADD COLUMN recipient_key text;
CREATE INDEX send_recipient_key ON send (channel, (coalesce(recipient_key, lower(recipient))), claimed_at);
-- By which rules and for which country the keys were made.
CREATE TABLE address_key_basis (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    rules integer NOT NULL,
    region text NOT NULL
);

CREATE FUNCTION key_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plain text := lower(btrim(NEW.email));
BEGIN
    IF current_setting('relance.writer', true) = 'on' AND (NEW.email IS NULL) = (NEW.email_key IS NULL)
       AND (NEW.phone IS NULL) = (NEW.phone_key IS NULL)
       AND (TG_OP = 'INSERT' OR (
           -- An older release, running beside us, writes the address alone.
           (NEW.email IS NOT DISTINCT FROM OLD.email OR NEW.email_key IS DISTINCT FROM OLD.email_key
            OR NEW.email_key = plain OR split_part(NEW.email_key, '@', 1) = split_part(plain, '@', 1))
           AND (NEW.phone IS NOT DISTINCT FROM OLD.phone OR NEW.phone_key IS DISTINCT FROM OLD.phone_key
                OR right(NEW.phone_key, 6) = right(regexp_replace(NEW.phone, '\D', '', 'g'), 6)))) THEN
        -- Ours come with their keys.
        NEW.keys_stale := false;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.email IS DISTINCT FROM OLD.email THEN
        NEW.email_key := plain;
        NEW.keys_stale := true;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.phone IS DISTINCT FROM OLD.phone THEN
        NEW.phone_key := CASE WHEN NEW.phone ~ '^\s*\+' THEN '+' || regexp_replace(NEW.phone, '\D', '', 'g')
                              ELSE btrim(NEW.phone) END;
        NEW.keys_stale := true;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER person_key_address BEFORE INSERT OR UPDATE OF email, phone ON person
    FOR EACH ROW EXECUTE FUNCTION key_address();

-- The addresses that standing suppressions cover. One suppression may cover several, and is lifted as one.
CREATE TABLE suppressed_address (
    address text NOT NULL,
    suppression_id bigint NOT NULL REFERENCES suppression ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'all')),
    PRIMARY KEY (address, suppression_id)
);
CREATE INDEX suppressed_address_of ON suppressed_address (suppression_id);

-- Who must not be contacted is not contacted at the addresses that the person has, or comes to have, either.
CREATE FUNCTION cover_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER suppression_cover AFTER INSERT OR UPDATE OF lifted_at ON suppression
    FOR EACH ROW EXECUTE FUNCTION cover_addresses();
CREATE FUNCTION cover_new_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppressed_address (address, suppression_id, channel)
    SELECT key.address, s.id, s.channel
    FROM suppression s, (VALUES (NEW.email_key, 'email'), (NEW.phone_key, 'sms')) AS key(address, channel)
    WHERE s.person_id = NEW.id AND s.lifted_at IS NULL AND s.channel IN (key.channel, 'all') AND key.address <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER person_cover_first AFTER INSERT ON person
    FOR EACH ROW WHEN (NEW.email_key IS NOT NULL OR NEW.phone_key IS NOT NULL)
    EXECUTE FUNCTION cover_new_addresses();
CREATE TRIGGER person_cover_next AFTER UPDATE ON person
    FOR EACH ROW WHEN (NEW.email_key IS DISTINCT FROM OLD.email_key OR NEW.phone_key IS DISTINCT FROM OLD.phone_key)
    EXECUTE FUNCTION cover_new_addresses();

-- The one rule: what stands against a person, or against one of the addresses in question. Plain SQL, so that the
-- planner puts it into whatever asks. A number that is known from somebody else's "no" closes texts alone: colleagues
-- share a switchboard, and one of them speaks for herself. An e-mail address closes whatever its "no" closes.
CREATE FUNCTION suppressions_on(person text, addresses text[]) RETURNS SETOF suppression LANGUAGE sql STABLE AS $$
    SELECT s.* FROM suppression s WHERE s.person_id = person AND s.lifted_at IS NULL
    UNION
    SELECT s.id, s.person_id, s.address,
           CASE WHEN s.channel = 'all' AND position('@' in a.address) = 0 THEN 'sms' ELSE s.channel END,
           s.reason, s.source, s.since, s.lifted_at
    FROM suppressed_address a JOIN suppression s ON s.id = a.suppression_id
    WHERE a.address = ANY (addresses) AND s.lifted_at IS NULL
      AND (person IS NULL OR s.person_id IS DISTINCT FROM person)
$$;

-- Sends by which a sequence reaches an address for another person, as long as their run is open or keeps them out of the
-- sequence: the step itself, or, while that run is open, any step that went there before one of ours did. A sequence
-- that nobody enters by rule has no windows; there a step counts for 30 days.
CREATE FUNCTION address_taken(
    in_sequence text, at_step text, by_channel text, key text, for_person text, for_run text, at timestamptz
) RETURNS SETOF send LANGUAGE sql STABLE AS $$
    SELECT o.* FROM send o JOIN enrollment r ON r.id = o.enrollment_id
    WHERE o.channel = by_channel AND coalesce(o.recipient_key, lower(o.recipient)) = key
      AND o.state IN ('claimed', 'sent', 'unknown') AND r.sequence = in_sequence AND r.person_id <> for_person
      AND CASE WHEN r.state NOT IN ('stopped', 'finished') THEN
              o.step = at_step OR NOT EXISTS (
                  SELECT 1 FROM send m WHERE m.enrollment_id = for_run AND m.channel = by_channel
                  AND coalesce(m.recipient_key, lower(m.recipient)) = key AND m.state IN ('claimed', 'sent', 'unknown')
                  AND m.claimed_at <= o.claimed_at)
          WHEN o.step <> at_step THEN false
          ELSE EXISTS (SELECT 1 FROM reenrollment_window w WHERE w.enrollment_id = r.id AND w.state IN ('opening', 'open')
                       AND (w.until IS NULL OR w.until > at))
              OR (o.claimed_at > at - interval '30 days'
                  AND NOT EXISTS (SELECT 1 FROM reenrollment_window w WHERE w.enrollment_id = r.id))
          END
$$;

-- What stands already covers addresses from now on. Those of its person follow with their keys; here is where the
-- message went that led to it.
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT lower(btrim(s.address)), s.id, s.channel FROM suppression s
WHERE s.lifted_at IS NULL AND s.address IS NOT NULL AND btrim(s.address) <> ''
ON CONFLICT DO NOTHING;
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT lower(d.recipient), s.id, s.channel
FROM suppression s JOIN send d ON d.id = s.source
WHERE s.lifted_at IS NULL AND s.person_id IS NOT NULL AND s.channel IN (d.channel, 'all')
ON CONFLICT DO NOTHING;
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT lower(d.recipient), s.id, s.channel
FROM suppression s JOIN reaction r ON r.id = s.source JOIN send d ON d.id = r.send_id
WHERE s.lifted_at IS NULL AND s.person_id IS NOT NULL AND s.channel IN (d.channel, 'all')
ON CONFLICT DO NOTHING;

-- The trigger that notes SQL by hand (0007_rules.sql) compares whole rows; a key is no field.
CREATE FUNCTION change_without_keys() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept text[] := '{email_key,phone_key,keys_stale}';
BEGIN
    NEW.before := NEW.before - kept;
    NEW.after := NEW.after - kept;
    NEW.fields := ARRAY(SELECT field FROM unnest(NEW.fields) AS each(field) WHERE split_part(field, '.', 2) <> ALL (kept));
    RETURN NEW;
END $$;
CREATE TRIGGER change_without_keys BEFORE INSERT ON change
    FOR EACH ROW WHEN (NEW.origin = 'sql' AND NEW.entity = 'person') EXECUTE FUNCTION change_without_keys();

-- migrate: rollback
DROP TRIGGER change_without_keys ON change;
DROP FUNCTION change_without_keys;
DROP FUNCTION address_taken, suppressions_on;
DROP TRIGGER person_cover_next ON person;
DROP TRIGGER person_cover_first ON person;
DROP TRIGGER suppression_cover ON suppression;
DROP TRIGGER person_key_address ON person;
DROP FUNCTION cover_new_addresses, cover_addresses, key_address;
DROP TABLE suppressed_address, address_key_basis;
DROP INDEX send_recipient_key;
ALTER TABLE send DROP COLUMN recipient_key;
ALTER TABLE person DROP COLUMN keys_stale, DROP COLUMN phone_key, DROP COLUMN email_key;
