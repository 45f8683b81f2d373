-- Retention leaves a message that somebody has yet to confirm or deny as a wish not to be contacted.
-- depends: 0290_retention 0298_unconfirmed_opt_outs

-- migrate: apply
-- As in 0290_retention.sql, but for such wishes.
CREATE OR REPLACE FUNCTION inbound_is_needed(message text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.state = 'unmatched')
        OR EXISTS (SELECT 1 FROM waiting_attachment w WHERE w.inbound_id = message)
        OR EXISTS (SELECT 1 FROM opt_out_hold h WHERE h.ended_at IS NULL AND h.source = message)
        OR EXISTS (
            SELECT 1 FROM reaction r WHERE r.inbound_id = message
              AND (run_is_needed(r.enrollment_id)
                   OR (r.kind = 'replied' AND r.reviewed_at IS NULL AND coalesce(r.held_for_review, true)
                       AND NOT coalesce(r.opt_out, false))
                   OR EXISTS (SELECT 1 FROM waiting_review w WHERE w.reaction_id = r.id)
                   OR EXISTS (SELECT 1 FROM opt_out_hold h WHERE h.ended_at IS NULL AND h.source = r.id)
                   OR EXISTS (SELECT 1 FROM reply_forwarding f WHERE f.reaction_id = r.id AND f.state = 'waiting')))
        OR EXISTS (SELECT 1 FROM inbound i JOIN send s ON s.id = i.send_id
                   WHERE i.id = message AND run_is_needed(s.enrollment_id))
        OR EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.attached_to IS NOT NULL
                   AND run_is_needed(i.attached_to))
$$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION inbound_is_needed(message text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.state = 'unmatched')
        OR EXISTS (SELECT 1 FROM waiting_attachment w WHERE w.inbound_id = message)
        OR EXISTS (
            SELECT 1 FROM reaction r WHERE r.inbound_id = message
              AND (run_is_needed(r.enrollment_id)
                   OR (r.kind = 'replied' AND r.reviewed_at IS NULL AND coalesce(r.held_for_review, true)
                       AND NOT coalesce(r.opt_out, false))
                   OR EXISTS (SELECT 1 FROM waiting_review w WHERE w.reaction_id = r.id)
                   OR EXISTS (SELECT 1 FROM reply_forwarding f WHERE f.reaction_id = r.id AND f.state = 'waiting')))
        OR EXISTS (SELECT 1 FROM inbound i JOIN send s ON s.id = i.send_id
                   WHERE i.id = message AND run_is_needed(s.enrollment_id))
        OR EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.attached_to IS NOT NULL
                   AND run_is_needed(i.attached_to))
$$;
