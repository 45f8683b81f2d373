-- Two rules said once: which runs are open, and what stands in the way of a send.
-- depends: 0018_address_keys 0044_cheaper_sends 0060_beginnings

-- migrate: apply
-- Postgres puts it into the plan: an index on open runs serves it.
CREATE FUNCTION run_is_open(run_state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT run_state NOT IN ('stopped', 'finished')
$$;

-- Orders that hold everything of a sequence or of an owner.
CREATE FUNCTION holds_over(of_sequence text, of_owner text) RETURNS SETOF hold LANGUAGE sql STABLE AS $$
    SELECT h.* FROM hold h WHERE h.ended_at IS NULL
      AND ((h.scope = 'sequence' AND h.key = of_sequence) OR (h.scope = 'owner' AND h.key = of_owner))
$$;

-- Everything that forbids a send now; the first in the order of "place" is the reason that people hear. No row: it may go.
-- The claim asks this in the statement that claims, and what could not be claimed is explained by the same text.
-- Columns of the send are handed in, and plain: the claim must judge the row that it locks, and a whole row would be read
-- with all the bytes of its mail. "since" and "cap" are of the frequency cap.
CREATE FUNCTION send_obstacles(
    of_send text, of_run text, of_step text, by_channel text, to_person text, to_key text, from_sender text,
    slot timestamptz, at timestamptz, since timestamptz, cap int)
RETURNS TABLE (place int, obstacle text, detail text, until timestamptz) LANGUAGE sql STABLE ROWS 1 AS $$
SELECT o.* FROM enrollment e LEFT JOIN person p ON p.id = e.person_id CROSS JOIN LATERAL (
    -- An answer that nobody has handled: to this run, of the person to whichever run, or one that may be to any of several.
    SELECT 1, 'held', NULL::text, NULL::timestamptz
    WHERE EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
       OR EXISTS (SELECT 1 FROM reaction a WHERE a.kind = 'replied' AND a.handled_at IS NULL
                  AND (a.person_id = to_person OR a.address = to_key))
       OR EXISTS (SELECT 1 FROM inbound i WHERE i.state = 'unmatched' AND i.holds <> '{}'
                  AND lower(i.sender) = to_key AND e.id = ANY(i.holds))
       OR EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id))
    UNION ALL
    SELECT 2, 'run', e.state, NULL WHERE e.state <> 'active'
    UNION ALL
    (SELECT 3, 'suppressed', x.reason, NULL FROM suppressions_on(to_person, ARRAY[to_key, p.email_key, p.phone_key]) x
     WHERE x.channel IN (by_channel, 'all') ORDER BY x.id LIMIT 1)
    UNION ALL
    SELECT 4, 'same_address', NULL, NULL
    WHERE EXISTS (SELECT 1 FROM address_taken(e.sequence, of_step, by_channel, to_key, to_person, e.id, at))
    UNION ALL
    SELECT 5, 'for_another', NULL, NULL WHERE to_person <> e.person_id
    UNION ALL
    SELECT 6, 'frequency_cap', NULL, NULL WHERE cap IS NOT NULL AND (
        SELECT count(*) FROM send s WHERE s.channel = by_channel AND s.id <> of_send
        AND (s.person_id = to_person OR coalesce(s.recipient_key, lower(s.recipient)) = to_key)
        AND s.state IN ('claimed', 'sent', 'unknown') AND s.claimed_at >= since AND s.claimed_at <= at) >= cap
    UNION ALL
    SELECT 7, 'mailbox_backed_off', NULL, max(b.until) FROM mailbox_back_off b
    WHERE b.channel = by_channel AND b.address = lower(from_sender) AND b.since <= at AND b.until > at
    HAVING max(b.until) IS NOT NULL
    UNION ALL
    SELECT 8, 'slot', NULL, slot WHERE slot > at
    UNION ALL
    -- The run's person is gone, or is not the one behind the placement any more: the step ends the run.
    SELECT 9, 'gone', NULL, NULL WHERE p.deleted_at IS NOT NULL
        OR (e.record_type = 'placement' AND EXISTS (
            SELECT 1 FROM placement pl WHERE pl.id = e.record_id
            AND (pl.person_id <> e.person_id OR pl.deleted_at IS NOT NULL)))
) o WHERE e.id = of_run
$$;

-- As before (0038_claim.sql says why it takes turns), with the one text of what forbids a send.
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
    WHERE s.id = in_send AND s.state = 'planned' AND NOT EXISTS (SELECT 1 FROM send_obstacles(
        s.id, s.enrollment_id, s.step, s.channel, s.person_id, coalesce(s.recipient_key, lower(s.recipient)), s.sender,
        s.slot_at, in_now, in_since, in_cap))
    RETURNING s.*;
END $$;

-- migrate: rollback
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
DROP FUNCTION send_obstacles, holds_over, run_is_open;
