-- Refusals that stand: who was matched and did not enter is looked at again when what was missing changes.
-- depends: 0015_reviews

-- migrate: apply

ALTER TABLE refusal
    -- standing: the last answer, and nobody entered since. passed: another answer came, or the rule is not true any more.
    ADD COLUMN state text NOT NULL DEFAULT 'passed' CHECK (state IN ('standing', 'passed', 'entered')),
    -- since when this reason stands without a break
    ADD COLUMN since timestamptz,
    -- fields of the catalogue that have to change before another answer is possible; empty: not a matter of fields
    ADD COLUMN fields text[] NOT NULL DEFAULT '{}';
ALTER TABLE refusal ALTER COLUMN state SET DEFAULT 'standing';

-- What an older version refused by the rules that are on now, as the last word on that record.
UPDATE refusal SET state = 'standing', since = at,
    fields = CASE reason
        WHEN 'unreachable' THEN ARRAY['person.email', 'person.phone']
        WHEN 'missing_field' THEN ARRAY(
            SELECT DISTINCT found[1]
            FROM regexp_matches(detail, '((?:person|placement|client|owner|custom)\.[a-z0-9_]+)', 'g') AS found)
        ELSE '{}' END
WHERE via = 'rule'
  AND EXISTS (SELECT 1 FROM rule_state s WHERE s.sequence = refusal.sequence AND s.since <= refusal.at)
  AND NOT EXISTS (SELECT 1 FROM refusal later WHERE later.via = 'rule' AND later.sequence = refusal.sequence
                  AND later.record_id = refusal.record_id AND (later.at, later.id) > (refusal.at, refusal.id))
  AND NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = refusal.sequence AND e.record_id = refusal.record_id
                  AND e.enrolled_at >= refusal.at);

CREATE INDEX refusal_standing ON refusal (sequence, record_id) WHERE state = 'standing';
CREATE INDEX refusal_standing_person ON refusal (person_id) WHERE state = 'standing' AND via = 'rule';
CREATE INDEX refusal_standing_record ON refusal (record_id) WHERE state = 'standing' AND via = 'rule';
CREATE INDEX refusal_at ON refusal (at DESC, id DESC);

-- Whoever lifts a suppression, by whichever way: the people who were refused for it are looked at again. An address is
-- compared loosely; one too many costs a look.
CREATE FUNCTION note_lifted_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER suppression_lifted AFTER UPDATE OF lifted_at ON suppression
    FOR EACH ROW WHEN (OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL) EXECUTE FUNCTION note_lifted_suppression();

-- migrate: rollback

DROP TRIGGER suppression_lifted ON suppression;
DROP FUNCTION note_lifted_suppression;
DROP INDEX refusal_at, refusal_standing_record, refusal_standing_person, refusal_standing;
ALTER TABLE refusal DROP COLUMN fields, DROP COLUMN since, DROP COLUMN state;
