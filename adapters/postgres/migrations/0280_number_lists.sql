-- What numbers of the console count, as functions: a number and its list have the same rows.
-- depends: 0137_closed_days 0170_hold_on_everything 0245_console_at_size 0256_attachments_ring 0261_webhook_endpoints

-- migrate: apply
-- Messages sent since then, each with what came back of it that harms us: an address that is dead (hard), anything else
-- that did not arrive (soft), a complaint, an opt-out by link or in words.
CREATE FUNCTION mailbox_messages(since timestamptz)
RETURNS TABLE (send_id text, enrollment_id text, step text, channel text, address text, planned_at timestamptz,
               sent_at timestamptz, hard boolean, soft boolean, complained boolean, opted_out boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.enrollment_id, s.step, s.channel, lower(s.sender), s.planned_at, s.claimed_at,
           coalesce(f.hard, false), s.undelivered_at IS NOT NULL AND NOT coalesce(f.hard, false),
           coalesce(f.complained, false), coalesce(f.opted_out, false)
    FROM send s LEFT JOIN (
        SELECT b.send_id, bool_or(b.kind = 'bounced') AS hard, bool_or(b.kind = 'complained') AS complained,
               bool_or(b.kind IN ('unsubscribed', 'replied')) AS opted_out
        FROM (
            SELECT r.send_id, r.kind FROM reaction r
            WHERE r.received_at >= since AND r.kind IN ('bounced', 'complained', 'unsubscribed')
            UNION ALL
            SELECT r.send_id, r.kind FROM reaction r
            WHERE r.received_at >= since AND r.kind = 'replied' AND r.opt_out
        ) b GROUP BY b.send_id
    ) f ON f.send_id = s.id
    WHERE s.planned_at >= since AND s.state = 'sent'
$$;

-- Steps that are due until then. One "goes" if nothing but the clock is in its way: no pause, no reply that is not
-- handled, no hold. As hold_covers() says, asked of a few holds once and not of each step.
CREATE FUNCTION next_steps(until timestamptz, of_owners text[], by_runs boolean)
RETURNS TABLE (due_at timestamptz, step text, enrollment_id text, sequence text, owner_id text, state text, goes boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.due_at, s.step, s.enrollment_id, s.sequence, s.owner_id, s.state,
           s.state IN ('starting', 'active') AND NOT (SELECT everything_is_on_hold())
           AND s.sequence NOT IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'sequence')
           AND coalesce(s.owner_id NOT IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'owner'), true)
    FROM steps_between('-infinity', until, NULL, of_owners, by_runs) s
$$;

-- migrate: rollback
DROP FUNCTION next_steps(timestamptz, text[], boolean);
DROP FUNCTION mailbox_messages(timestamptz);
