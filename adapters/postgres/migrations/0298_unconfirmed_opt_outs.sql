-- Wishes not to be contacted of which it is not proved whose they are: nothing is sent until somebody has said so.
-- depends: 0170_hold_on_everything 0181_entry_in_fewer 0195_console 0261_webhook_endpoints

-- migrate: apply
CREATE TABLE opt_out_hold (
    -- the reaction that made it, or the message where it belongs to no run
    source text PRIMARY KEY,
    -- the person who was written to, and whoever the CRM had merged them into; empty: only an address is meant
    people text[] NOT NULL,
    -- as they are compared: of the message that was answered, and of those people
    addresses text[] NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'all')),
    since timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('confirmed', 'denied')),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- Every claim of a send asks this; few stand at a time.
CREATE INDEX opt_out_hold_standing ON opt_out_hold (since) WHERE ended_at IS NULL;

CREATE FUNCTION opt_out_holds_on(of_person text, of_addresses text[], by_channel text) RETURNS SETOF opt_out_hold
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT h.* FROM opt_out_hold h
    WHERE h.ended_at IS NULL AND (h.people @> ARRAY[of_person] OR h.addresses && of_addresses)
      AND (by_channel IS NULL OR h.channel IN (by_channel, 'all'))
$$;

-- As in 0152_answers_of_reactions.sql, but for what such a wish holds.
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
    -- A wish not to be contacted that nobody has confirmed or denied: of the person, or of one of their addresses.
    SELECT 1, 'held', 'opt_out_unconfirmed', NULL
    WHERE EXISTS (SELECT 1 FROM opt_out_holds_on(to_person, ARRAY[to_key, p.email_key, p.phone_key], by_channel))
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

-- As in 0181_entry_in_fewer.sql, and nobody enters whose wish waits for a person.
CREATE OR REPLACE FUNCTION entry_obstacles(people text[], emails text[], phones text[], of_topic text)
RETURNS TABLE (place bigint, kind text, channel text, reason text, since timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT p.place, k.kind, k.channel, k.reason, k.since
    FROM unnest(people, emails, phones) WITH ORDINALITY AS p(person_id, email, phone, place), LATERAL (
        SELECT 'suppressed' AS kind, s.channel, s.reason, s.since, s.id AS number
        FROM suppressions_on(p.person_id, ARRAY[p.email, p.phone]) s
        UNION ALL
        -- The oldest answer that nobody has handled, to this person or from another record with the address; or one that
        -- may be to any of several runs.
        (SELECT a.kind, NULL, NULL, a.received_at, 0 FROM (
             SELECT 'answer' AS kind, r.received_at FROM reaction r
             WHERE r.kind = 'replied' AND r.handled_at IS NULL
               AND (r.person_id = p.person_id OR r.address IN (p.email, p.phone))
             UNION ALL
             SELECT 'unmatched', i.received_at FROM inbound i
             WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email
             UNION ALL
             SELECT 'answer', h.since FROM opt_out_holds_on(p.person_id, ARRAY[p.email, p.phone], NULL) h) a
         ORDER BY a.received_at LIMIT 1)
        UNION ALL
        SELECT 'topic', NULL, NULL, min(t.since), 0 FROM topic_opt_out t
        WHERE t.lifted_at IS NULL AND t.topic = of_topic AND (t.person_id = p.person_id OR t.address = p.email)
        HAVING count(*) > 0) k
    ORDER BY k.number;
END $$;

-- Somebody else wrote the reply: it says nothing about the person.
ALTER TABLE review ADD COLUMN not_theirs boolean NOT NULL DEFAULT false;
ALTER TABLE waiting_review ADD COLUMN not_theirs boolean NOT NULL DEFAULT false;

-- migrate: rollback
-- Whom it held may be written to again by an older version: what waits must be confirmed or denied before this.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM opt_out_hold WHERE ended_at IS NULL) THEN
        RAISE EXCEPTION 'opt-outs await confirmation: confirm or deny each of them first (relance review list)';
    END IF;
END $$;
ALTER TABLE waiting_review DROP COLUMN not_theirs;
ALTER TABLE review DROP COLUMN not_theirs;
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
CREATE OR REPLACE FUNCTION entry_obstacles(people text[], emails text[], phones text[], of_topic text)
RETURNS TABLE (place bigint, kind text, channel text, reason text, since timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT p.place, k.kind, k.channel, k.reason, k.since
    FROM unnest(people, emails, phones) WITH ORDINALITY AS p(person_id, email, phone, place), LATERAL (
        SELECT 'suppressed' AS kind, s.channel, s.reason, s.since, s.id AS number
        FROM suppressions_on(p.person_id, ARRAY[p.email, p.phone]) s
        UNION ALL
        -- The oldest answer that nobody has handled, to this person or from another record with the address; or one that
        -- may be to any of several runs.
        (SELECT a.kind, NULL, NULL, a.received_at, 0 FROM (
             SELECT 'answer' AS kind, r.received_at FROM reaction r
             WHERE r.kind = 'replied' AND r.handled_at IS NULL
               AND (r.person_id = p.person_id OR r.address IN (p.email, p.phone))
             UNION ALL
             SELECT 'unmatched', i.received_at FROM inbound i
             WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email) a
         ORDER BY a.received_at LIMIT 1)
        UNION ALL
        SELECT 'topic', NULL, NULL, min(t.since), 0 FROM topic_opt_out t
        WHERE t.lifted_at IS NULL AND t.topic = of_topic AND (t.person_id = p.person_id OR t.address = p.email)
        HAVING count(*) > 0) k
    ORDER BY k.number;
END $$;
DROP FUNCTION opt_out_holds_on;
DROP TABLE opt_out_hold;
