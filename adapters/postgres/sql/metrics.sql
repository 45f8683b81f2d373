-- name: metric_values(now, since, planned_since, most)
-- not null: metric, labels, value
-- What the metrics of ``relance serve`` take from the rows, in one statement: "labels" are the values of a metric's
-- labels. Sums over a day, ages in seconds, and what waits, each counted up to ``most``. No value names a person.
WITH recent AS MATERIALIZED (
    SELECT s.channel, s.state, s.enrollment_id, s.person_id, s.follow_up_id, s.claimed_at,
           coalesce(s.recipient_key, lower(s.recipient)) AS address
    FROM send s
    WHERE s.planned_at >= :planned_since AND s.state <> 'planned' AND coalesce(s.claimed_at, s.decided_at) >= :since
), went AS (
    -- What answers a reply by the rules of its sequence goes after it; that is no fault.
    SELECT r.* FROM recent r WHERE r.claimed_at IS NOT NULL AND r.state IN ('claimed', 'sent', 'unknown')
                               AND r.follow_up_id IS NULL
)
SELECT 'relance_sends_last_day' AS metric, ARRAY[channel, state] AS labels, count(*)::double precision AS value
FROM recent GROUP BY channel, state
UNION ALL
-- Two seconds: a message that was claimed while the reply was being stored was not sent after it.
SELECT 'relance_sends_after_reply_last_day', ARRAY['stopped'], count(*)::double precision
FROM went w WHERE EXISTS (
    SELECT FROM reaction r WHERE r.enrollment_id = w.enrollment_id AND r.holds AND r.decision = 'stop'
    AND r.received_at < w.claimed_at - interval '2 seconds')
UNION ALL
SELECT 'relance_sends_after_reply_last_day', ARRAY['not_handled'], count(*)::double precision
FROM went w WHERE EXISTS (
    SELECT FROM reaction r WHERE r.person_id = w.person_id AND r.kind = 'replied'
    AND r.received_at < w.claimed_at - interval '2 seconds'
    AND (r.handled_at IS NULL OR r.handled_at > w.claimed_at + interval '2 seconds'))
UNION ALL
SELECT 'relance_sends_after_reply_last_day', ARRAY['opted_out'], count(*)::double precision
FROM went w WHERE EXISTS (
    -- Of a wish that came to us: one that is imported may be older than the day we hear of it.
    SELECT FROM suppression x WHERE x.person_id = w.person_id AND x.lifted_at IS NULL AND x.channel IN (w.channel, 'all')
    AND x.reason IN ('opt_out', 'unsubscribed', 'stop_word', 'complained', 'preferences', 'consent_withdrawn')
    AND x.since < w.claimed_at - interval '2 seconds')
UNION ALL
SELECT 'relance_sends_unknown', '{}', count(*)::double precision
FROM (SELECT FROM send WHERE state = 'unknown' AND resolution IS NULL LIMIT :most) x
UNION ALL
SELECT 'relance_opt_outs_last_day', ARRAY[x.reason], count(*)::double precision
FROM suppression x WHERE x.since >= :since GROUP BY x.reason
UNION ALL
SELECT 'relance_reactions_last_day', ARRAY['replied'], count(*)::double precision
FROM reaction r WHERE r.received_at >= :since AND r.kind = 'replied'
UNION ALL
SELECT 'relance_reactions_last_day', ARRAY[r.kind], count(*)::double precision
FROM reaction r WHERE r.received_at >= :since AND r.kind IN ('bounced', 'complained', 'unsubscribed') GROUP BY r.kind
UNION ALL
SELECT 'relance_reaction_oldest_undelivered_seconds', '{}', coalesce(extract(epoch FROM :now - (
    SELECT min(r.received_at) FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
    WHERE r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting')), 0)::double precision
UNION ALL
SELECT 'relance_reviews_waiting', '{}', count(*)::double precision
FROM (SELECT FROM reaction r
      WHERE r.kind = 'replied' AND r.handled_at IS NOT NULL AND r.reviewed_at IS NULL
        AND coalesce(r.held_for_review, true) AND NOT coalesce(r.opt_out, false)
        AND NOT EXISTS (SELECT FROM waiting_review w WHERE w.reaction_id = r.id) LIMIT :most) x
UNION ALL
SELECT 'relance_unmatched_waiting', '{}', count(*)::double precision
FROM (SELECT FROM inbound i WHERE i.state = 'unmatched'
        AND NOT EXISTS (SELECT FROM waiting_attachment w WHERE w.inbound_id = i.id) LIMIT :most) x
UNION ALL
SELECT 'relance_batches_waiting', '{}', count(*)::double precision FROM rule_batch b WHERE b.state = 'held'
UNION ALL
SELECT 'relance_dead_letters', ARRAY[f.kind], count(*)::double precision
FROM (SELECT kind FROM follow_up WHERE state = 'dead' LIMIT :most) f GROUP BY f.kind
UNION ALL
SELECT 'relance_back_offs', ARRAY[b.channel], count(DISTINCT b.address)::double precision
FROM mailbox_back_off b WHERE b.until > :now AND b.since <= :now GROUP BY b.channel
UNION ALL
SELECT 'relance_webhook_tries_last_day', ARRAY[t.outcome], count(*)::double precision
FROM webhook_try t WHERE t.at >= :since GROUP BY t.outcome
UNION ALL
SELECT 'relance_crm_read_age_seconds', '{}',
       greatest(extract(epoch FROM :now - greatest(c.connected_at, c.read_at)), 0)::double precision
FROM crm_connection c WHERE c.connected_at IS NOT NULL
UNION ALL
SELECT 'relance_crm_records', ARRAY[o.outcome], o.value::double precision
FROM crm_connection c CROSS JOIN LATERAL (VALUES ('read', c.records_read), ('refused', c.records_refused)) o(outcome, value)
WHERE c.connected_at IS NOT NULL
UNION ALL
SELECT 'relance_crm_writes_last_day', ARRAY[w.state], count(*)::double precision
FROM crm_write w WHERE w.at >= :since GROUP BY w.state
UNION ALL
SELECT 'relance_crm_writes_dead', '{}', count(*)::double precision
FROM (SELECT FROM crm_write WHERE state = 'dead' LIMIT :most) x
UNION ALL
SELECT 'relance_crm_oldest_waiting_seconds', '{}', greatest(coalesce(extract(epoch FROM :now - (
    SELECT min(w.at) FROM crm_write w WHERE w.state = 'waiting')), 0), 0)::double precision
UNION ALL
SELECT 'relance_subscriptions', ARRAY[s.state], count(*)::double precision
FROM event_subscription s JOIN webhook_endpoint w ON w.id = s.endpoint_id WHERE w.removed_at IS NULL GROUP BY s.state
UNION ALL
SELECT 'relance_subscription_events_waiting', '{}', count(*)::double precision
FROM (SELECT FROM event_delivery LIMIT :most) x
UNION ALL
SELECT 'relance_subscription_failing_seconds', '{}', greatest(coalesce(extract(epoch FROM :now - (
    SELECT min(s.failing_since) FROM event_subscription s WHERE s.state = 'active')), 0), 0)::double precision;
