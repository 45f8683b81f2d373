-- Messages that follow up on a reaction: they may go although that very reaction ended or paused their run.
-- depends: 0070_send_obstacles 0151_task_steps

-- migrate: apply
-- None: it is the message of a step.
ALTER TABLE send ADD COLUMN follow_up_id text REFERENCES follow_up;
CREATE INDEX send_of_follow_up ON send (follow_up_id) WHERE follow_up_id IS NOT NULL;

-- As in 0070_send_obstacles.sql, but for the state of the run.
CREATE OR REPLACE FUNCTION send_obstacles(
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
    -- A message that answers a reaction belongs to it: its own verdict is no obstacle.
    SELECT 2, 'run', e.state, NULL WHERE e.state <> 'active' AND NOT EXISTS (
        SELECT 1 FROM send x JOIN follow_up f ON f.id = x.follow_up_id JOIN reaction r ON r.id = f.cause
        WHERE x.id = of_send AND r.decision = CASE e.state WHEN 'stopped' THEN 'stop' WHEN 'paused' THEN 'pause' END)
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

-- migrate: rollback
CREATE OR REPLACE FUNCTION send_obstacles(
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
DROP INDEX send_of_follow_up;
ALTER TABLE send DROP COLUMN follow_up_id;
