-- Who was refused because an answer of theirs waited is looked at again once it is handled, given to a run or dismissed.
-- depends: 0018_address_keys 0020_standing_refusals 0022_intake

-- migrate: apply
CREATE FUNCTION note_answer_handled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person text := CASE TG_TABLE_NAME WHEN 'reaction' THEN to_jsonb(NEW) ->> 'person_id' END;
    address text := CASE TG_TABLE_NAME WHEN 'reaction' THEN to_jsonb(NEW) ->> 'address'
                                       ELSE lower(to_jsonb(NEW) ->> 'sender') END;
BEGIN
    INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
    SELECT DISTINCT 'person', p.id, ARRAY['person.answered'], '{"answered": "waits"}'::jsonb, '{"answered": null}'::jsonb,
           'relance', coalesce(to_jsonb(NEW) ->> 'handled_at', to_jsonb(NEW) ->> 'dismissed_at', to_jsonb(NEW) ->> 'received_at')::timestamptz
    FROM refusal r JOIN person p ON p.id = r.person_id
    WHERE r.state = 'standing' AND r.via = 'rule' AND r.reason = 'answered'
      AND (p.id = person OR p.email_key = address OR p.phone_key = address);
    RETURN NULL;
END $$;
CREATE TRIGGER answer_handled AFTER UPDATE OF handled_at ON reaction
    FOR EACH ROW WHEN (NEW.kind = 'replied' AND OLD.handled_at IS NULL AND NEW.handled_at IS NOT NULL)
    EXECUTE FUNCTION note_answer_handled();
CREATE TRIGGER answer_placed AFTER UPDATE OF state ON inbound
    FOR EACH ROW WHEN (OLD.holds <> '{}' AND OLD.state = 'unmatched' AND NEW.state <> 'unmatched')
    EXECUTE FUNCTION note_answer_handled();

-- migrate: rollback

DROP TRIGGER answer_placed ON inbound;
DROP TRIGGER answer_handled ON reaction;
DROP FUNCTION note_answer_handled;
