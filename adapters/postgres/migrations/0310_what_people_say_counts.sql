-- What a person says of a reply counts in numbers: nothing that somebody else wrote, and no opt-out that was denied.
-- depends: 0130_run_outcomes 0280_number_lists 0298_unconfirmed_opt_outs

-- migrate: apply
-- As in 0280_number_lists.sql, but for opt-outs in words.
CREATE OR REPLACE FUNCTION mailbox_messages(since timestamptz)
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
            WHERE r.received_at >= since AND r.kind = 'replied' AND (r.opt_out OR r.reviewed_at IS NOT NULL)
              AND coalesce((SELECT v.opt_out FROM review v WHERE v.reaction_id = r.id AND v.opt_out IS NOT NULL
                            ORDER BY v.number DESC LIMIT 1), r.opt_out, false)
        ) b GROUP BY b.send_id
    ) f ON f.send_id = s.id
    WHERE s.planned_at >= since AND s.state = 'sent'
$$;

INSERT INTO run_outcome_mark
SELECT DISTINCT r.enrollment_id FROM review v JOIN reaction r ON r.id = v.reaction_id WHERE v.not_theirs;

-- migrate: rollback
CREATE OR REPLACE FUNCTION mailbox_messages(since timestamptz)
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
INSERT INTO run_outcome_mark
SELECT DISTINCT r.enrollment_id FROM review v JOIN reaction r ON r.id = v.reaction_id WHERE v.not_theirs;
