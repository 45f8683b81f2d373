-- Cheaper sends: the end of one in a single statement, a claim that Postgres plans as a whole, an index less for mails.
-- depends: 0007_rules 0038_claim

-- migrate: apply
-- An event in the life of a person, as one call: it can stand in the statement that settles a send.
-- One statement: told is empty when this event was told before; moved is empty when a newer one is known, or nobody of
-- that id. The lock in "old" makes two events at once see each other's time.
CREATE FUNCTION add_person_event(
    in_id text, in_person_id text, in_kind text, in_at timestamptz, in_origin text, in_lineage text[], in_source text,
    in_event_id text, in_recorded_at timestamptz)
RETURNS TABLE (fresh boolean, change_id bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY
    WITH told AS (
        INSERT INTO person_event (id, person_id, kind, at, origin, lineage, source, recorded_at)
        SELECT in_id, p.id, in_kind, in_at, in_origin, in_lineage, in_source,
               in_recorded_at FROM person p WHERE p.id = in_person_id
        ON CONFLICT DO NOTHING RETURNING id
    ), old AS (
        SELECT p.id, (to_jsonb(p) ->> in_kind)::timestamptz AS was FROM person p WHERE p.id = in_person_id FOR UPDATE
    ), moved AS (
        UPDATE person p SET
            last_contacted = CASE WHEN in_kind = 'last_contacted' THEN in_at ELSE last_contacted END,
            last_shortlisted = CASE WHEN in_kind = 'last_shortlisted' THEN in_at ELSE last_shortlisted END,
            last_interviewed = CASE WHEN in_kind = 'last_interviewed' THEN in_at ELSE last_interviewed END,
            last_placed = CASE WHEN in_kind = 'last_placed' THEN in_at ELSE last_placed END,
            last_replied = CASE WHEN in_kind = 'last_replied' THEN in_at ELSE last_replied END,
            resume_updated = CASE WHEN in_kind = 'resume_updated' THEN in_at ELSE resume_updated END,
            field_lineage = CASE WHEN cardinality(in_lineage) = 0 THEN field_lineage - in_kind
                                 ELSE field_lineage || jsonb_build_object(in_kind, to_jsonb(in_lineage)) END
        FROM old, told
        WHERE p.id = old.id AND (old.was IS NULL OR old.was < in_at)
        RETURNING p.id, old.was
    ), noted AS (
        INSERT INTO change (entity, entity_id, fields, before, after, origin, lineage, event_id, at)
        SELECT 'person', m.id, ARRAY['person.' || in_kind], jsonb_build_object(in_kind, m.was),
               jsonb_build_object(in_kind, in_at), in_origin, in_lineage, in_event_id, in_recorded_at
        FROM moved m RETURNING id
    )
    SELECT EXISTS (SELECT 1 FROM told) AS fresh, (SELECT id FROM noted) AS change_id;
END $$;

-- As before, but for the suppressions.
CREATE OR REPLACE FUNCTION claim_send(in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int)
RETURNS SETOF send LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(turn.key) FROM (
        SELECT hashtextextended(each, 0) AS key
        FROM send s, unnest(ARRAY['person:' || s.channel || ':' || s.person_id,
                                  'address:' || s.channel || ':' || coalesce(s.recipient_key, lower(s.recipient))]) AS each
        WHERE s.id = in_send ORDER BY 1 OFFSET 0) AS turn;
    RETURN QUERY
    UPDATE send s SET state = 'claimed', claimed_at = in_now, claimed_by = in_claimer, attempts = s.attempts + 1,
                      waits_since = NULL
    FROM enrollment e LEFT JOIN person p ON p.id = e.person_id
    WHERE s.id = in_send AND s.state = 'planned' AND e.id = s.enrollment_id AND e.state = 'active'
      AND (s.slot_at IS NULL OR s.slot_at <= in_now)
      AND NOT EXISTS (SELECT 1 FROM mailbox_back_off b WHERE b.channel = s.channel AND b.address = lower(s.sender)
                      AND b.since <= in_now AND b.until > in_now)
      AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
      -- An answer of the person that nobody has handled, to whichever run, or one that may be to any of several.
      AND NOT EXISTS (SELECT 1 FROM reaction a WHERE a.kind = 'replied' AND a.handled_at IS NULL
                      AND (a.person_id = s.person_id OR a.address = coalesce(s.recipient_key, lower(s.recipient))))
      AND NOT EXISTS (SELECT 1 FROM inbound i WHERE i.state = 'unmatched' AND i.holds <> '{}'
                      AND lower(i.sender) = coalesce(s.recipient_key, lower(s.recipient)) AND e.id = ANY(i.holds))
      AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.ended_at IS NULL AND ((h.scope = 'sequence' AND h.key = e.sequence)
                                                                        OR (h.scope = 'owner' AND h.key = e.owner_id)))
      -- Its arguments are plain, or Postgres would not put the function into the plan.
      AND NOT EXISTS (SELECT 1 FROM suppressions_on(
                          s.person_id, ARRAY[coalesce(s.recipient_key, lower(s.recipient)), p.email_key, p.phone_key]) x
                      WHERE x.channel IN (s.channel, 'all'))
      -- Written for the run's person, who is there, and is still the one behind the placement.
      AND s.person_id = e.person_id
      AND p.deleted_at IS NULL
      AND (e.record_type <> 'placement' OR NOT EXISTS (
          SELECT 1 FROM placement pl WHERE pl.id = e.record_id
          AND (pl.person_id <> e.person_id OR pl.deleted_at IS NOT NULL)))
      AND (in_cap IS NULL OR (
          SELECT count(*) FROM send o WHERE o.channel = s.channel AND o.id <> s.id
          AND (o.person_id = s.person_id
               OR coalesce(o.recipient_key, lower(o.recipient)) = coalesce(s.recipient_key, lower(s.recipient)))
          AND o.state IN ('claimed', 'sent', 'unknown') AND o.claimed_at >= in_since AND o.claimed_at <= in_now) < in_cap)
      AND NOT EXISTS (SELECT 1 FROM address_taken(e.sequence, s.step, s.channel, coalesce(s.recipient_key, lower(s.recipient)),
                                                  s.person_id, e.id, in_now))
    RETURNING s.*;
END $$;

-- Only texts are looked for by the number as written; a mail changes twice on its way, and every index with it.
DROP INDEX send_recipient;
CREATE INDEX send_text_recipient ON send (recipient) WHERE channel = 'sms';

-- migrate: rollback
DROP INDEX send_text_recipient;
CREATE INDEX send_recipient ON send (channel, recipient);
CREATE OR REPLACE FUNCTION claim_send(in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int)
RETURNS SETOF send LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(turn.key) FROM (
        SELECT hashtextextended(each, 0) AS key
        FROM send s, unnest(ARRAY['person:' || s.channel || ':' || s.person_id,
                                  'address:' || s.channel || ':' || coalesce(s.recipient_key, lower(s.recipient))]) AS each
        WHERE s.id = in_send ORDER BY 1 OFFSET 0) AS turn;
    RETURN QUERY
    UPDATE send s SET state = 'claimed', claimed_at = in_now, claimed_by = in_claimer, attempts = s.attempts + 1,
                      waits_since = NULL
    FROM enrollment e
    WHERE s.id = in_send AND s.state = 'planned' AND e.id = s.enrollment_id AND e.state = 'active'
      AND (s.slot_at IS NULL OR s.slot_at <= in_now)
      AND NOT EXISTS (SELECT 1 FROM mailbox_back_off b WHERE b.channel = s.channel AND b.address = lower(s.sender)
                      AND b.since <= in_now AND b.until > in_now)
      AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
      -- An answer of the person that nobody has handled, to whichever run, or one that may be to any of several.
      AND NOT EXISTS (SELECT 1 FROM reaction a WHERE a.kind = 'replied' AND a.handled_at IS NULL
                      AND (a.person_id = s.person_id OR a.address = coalesce(s.recipient_key, lower(s.recipient))))
      AND NOT EXISTS (SELECT 1 FROM inbound i WHERE i.state = 'unmatched' AND i.holds <> '{}'
                      AND lower(i.sender) = coalesce(s.recipient_key, lower(s.recipient)) AND e.id = ANY(i.holds))
      AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.ended_at IS NULL AND ((h.scope = 'sequence' AND h.key = e.sequence)
                                                                        OR (h.scope = 'owner' AND h.key = e.owner_id)))
      AND NOT EXISTS (SELECT 1 FROM suppressions_on(
                          s.person_id, coalesce(s.recipient_key, lower(s.recipient))
                              || (SELECT ARRAY[p.email_key, p.phone_key] FROM person p WHERE p.id = s.person_id)) x
                      WHERE x.channel IN (s.channel, 'all'))
      -- Written for the run's person, who is there, and is still the one behind the placement.
      AND s.person_id = e.person_id
      AND NOT EXISTS (SELECT 1 FROM person p WHERE p.id = e.person_id AND p.deleted_at IS NOT NULL)
      AND (e.record_type <> 'placement' OR NOT EXISTS (
          SELECT 1 FROM placement pl WHERE pl.id = e.record_id
          AND (pl.person_id <> e.person_id OR pl.deleted_at IS NOT NULL)))
      AND (in_cap IS NULL OR (
          SELECT count(*) FROM send o WHERE o.channel = s.channel AND o.id <> s.id
          AND (o.person_id = s.person_id
               OR coalesce(o.recipient_key, lower(o.recipient)) = coalesce(s.recipient_key, lower(s.recipient)))
          AND o.state IN ('claimed', 'sent', 'unknown') AND o.claimed_at >= in_since AND o.claimed_at <= in_now) < in_cap)
      AND NOT EXISTS (SELECT 1 FROM address_taken(e.sequence, s.step, s.channel, coalesce(s.recipient_key, lower(s.recipient)),
                                                  s.person_id, e.id, in_now))
    RETURNING s.*;
END $$;
DROP FUNCTION add_person_event;
