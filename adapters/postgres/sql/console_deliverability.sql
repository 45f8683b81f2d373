-- name: console_mailboxes()
-- not null: channel, address, started_on
-- Those with a limit.
SELECT channel, address, started_on FROM mailbox ORDER BY channel, address;

-- name: console_mailbox_days(first, last)
-- null: last
-- What is taken of this day and the following ones.
SELECT channel, address, day, used, next_at FROM mailbox_day
WHERE day >= :first AND day <= coalesce(:last::date, 'infinity');

-- name: console_senders(since, today, most)
-- not null: address, sent, today, undelivered
-- What each address of ours sent since then, how much of it came back, and what it sent today.
SELECT s.channel, lower(s.sender) AS address, count(*) AS sent, count(*) FILTER (WHERE s.claimed_at >= :today) AS today,
       count(*) FILTER (WHERE s.undelivered_at IS NOT NULL) AS undelivered
FROM send s WHERE s.planned_at >= :since AND s.state = 'sent'
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT :most;

-- name: console_came_back_against_us(since)
-- not null: address, number, seen
-- Messages sent since then of which something came back that harms us: an address that is dead, a complaint, an
-- opt-out by link or in words. "seen": those that count among the undelivered as well.
SELECT s.channel, lower(s.sender) AS address, f.kind, count(DISTINCT s.id) AS number,
       count(DISTINCT s.id) FILTER (WHERE s.undelivered_at IS NOT NULL) AS seen
FROM (
    SELECT r.send_id, CASE r.kind WHEN 'unsubscribed' THEN 'opted_out' ELSE r.kind END AS kind FROM reaction r
    WHERE r.received_at >= :since AND r.kind IN ('bounced', 'complained', 'unsubscribed')
    UNION ALL
    SELECT r.send_id, 'opted_out' FROM reaction r WHERE r.received_at >= :since AND r.kind = 'replied' AND r.opt_out
) f JOIN send s ON s.id = f.send_id
WHERE s.planned_at >= :since AND s.state = 'sent' GROUP BY 1, 2, 3;

-- name: console_suppression_counts()
-- not null: number
-- What stands, by reason.
SELECT reason, count(*) AS number FROM suppression WHERE lifted_at IS NULL GROUP BY reason ORDER BY 2 DESC, 1;
