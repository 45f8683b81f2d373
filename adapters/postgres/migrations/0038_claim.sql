-- Claiming a send: its turn and the claim in one call.
-- depends: 0018_address_keys 0021_hand_over 0022_intake 0024_people

-- migrate: apply
-- Sends to one person or to one address are claimed one after the other, or two at once would both find room under the
-- cap, and both find that nobody had the step yet. Everybody takes the locks in one order; they end with the caller's
-- transaction. Each statement of the function sees what was committed before it began (READ COMMITTED), so the claim sees
-- the claims of those whose turn was before.
--
-- Everything that forbids a send is asked in the statement that claims it (design section 8). The statement locks the
-- row: of two claimers one gets it, the other sees the first one's outcome.
CREATE FUNCTION claim_send(in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int)
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

-- migrate: rollback
DROP FUNCTION claim_send;
