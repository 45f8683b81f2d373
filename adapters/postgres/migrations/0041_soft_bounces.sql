-- Addresses that return mail again and again.
-- depends: 0018_address_keys 0020_standing_refusals 0022_intake

-- migrate: apply
CREATE INDEX send_returned ON send (coalesce(recipient_key, lower(recipient)), undelivered_at)
    WHERE channel = 'email' AND undelivered_at IS NOT NULL;

-- As before, and for those who were refused because their address returns mail: theirs is a suppression that is lifted, too.
CREATE OR REPLACE FUNCTION note_lifted_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
    SELECT DISTINCT 'person', p.id, ARRAY['person.suppressed_' || NEW.channel],
           jsonb_build_object('suppressed', NEW.channel), '{"suppressed": null}'::jsonb, 'relance', NEW.lifted_at
    FROM refusal r JOIN person p ON p.id = r.person_id
    WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason IN ('suppressed', 'unreachable')
      AND (p.id = NEW.person_id OR lower(p.email) = lower(NEW.address) OR p.email_key = NEW.address
           OR right(regexp_replace(p.phone, '[^0-9]', '', 'g'), 8)
              = nullif(right(regexp_replace(NEW.address, '[^0-9]', '', 'g'), 8), ''));
    RETURN NULL;
END $$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION note_lifted_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
    SELECT DISTINCT 'person', p.id, ARRAY['person.suppressed_' || NEW.channel],
           jsonb_build_object('suppressed', NEW.channel), '{"suppressed": null}'::jsonb, 'relance', NEW.lifted_at
    FROM refusal r JOIN person p ON p.id = r.person_id
    WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason = 'suppressed'
      AND (p.id = NEW.person_id OR lower(p.email) = lower(NEW.address)
           OR right(regexp_replace(p.phone, '[^0-9]', '', 'g'), 8)
              = nullif(right(regexp_replace(NEW.address, '[^0-9]', '', 'g'), 8), ''));
    RETURN NULL;
END $$;
DROP INDEX send_returned;
