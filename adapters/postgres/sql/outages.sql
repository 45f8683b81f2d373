-- name: outage_seen(service, at, stage, code, reason, reopened_since)$
-- not null: since
-- one row
-- Since when it lasts. One that ended a moment ago goes on: a server that comes and goes is one outage.
WITH again AS (
    UPDATE outage SET ended_at = NULL, seen_at = :at, stage = :stage, code = :code, reason = :reason
    WHERE id = (SELECT o.id FROM outage o WHERE o.service = :service AND o.ended_at >= :reopened_since
                AND NOT EXISTS (SELECT 1 FROM outage s WHERE s.service = :service AND s.ended_at IS NULL)
                ORDER BY o.ended_at DESC LIMIT 1)
    RETURNING since)
, standing AS (
    INSERT INTO outage (service, since, seen_at, stage, code, reason)
    SELECT :service, :at, :at, :stage, :code, :reason WHERE NOT EXISTS (SELECT 1 FROM again)
    ON CONFLICT (service) WHERE ended_at IS NULL
    DO UPDATE SET seen_at = greatest(outage.seen_at, excluded.seen_at), stage = excluded.stage, code = excluded.code,
                  reason = excluded.reason
    RETURNING since)
SELECT since FROM again UNION ALL SELECT since FROM standing;

-- name: outage_over(service, at)$
UPDATE outage SET ended_at = :at WHERE service = :service AND ended_at IS NULL RETURNING since;

-- name: outages_now(seen_after)
-- What nobody has met for long is not known to last: nothing was due.
SELECT service, since, seen_at, stage, code, reason FROM outage
WHERE ended_at IS NULL AND seen_at >= :seen_after ORDER BY since, service;

-- name: outbox(now)^
-- What is due and not sent, though nothing but a server or a worker can be in the way; and what nobody will look at by
-- itself.
SELECT (SELECT min(due.since) FROM (
            (SELECT s.waits_since AS since FROM send s JOIN enrollment e ON e.id = s.enrollment_id
             WHERE s.waits_since IS NOT NULL AND s.state = 'planned' AND e.state = 'active'
             ORDER BY s.waits_since LIMIT 1)
            UNION ALL
            (SELECT t.due_at FROM enrollment_step t JOIN enrollment e ON e.id = t.enrollment_id
             WHERE t.state = 'planned' AND t.due_at <= :now AND e.state = 'active'
               AND NOT EXISTS (SELECT 1 FROM reaction r
                               WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
               AND NOT EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id))
             ORDER BY t.due_at LIMIT 1)) due) AS oldest_due,
       (SELECT count(*) FROM send WHERE state = 'unknown' AND resolution IS NULL) AS unknown,
       (SELECT count(*) FROM follow_up WHERE state = 'dead') AS dead;
