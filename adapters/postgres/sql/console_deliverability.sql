-- name: console_mailboxes()
-- not null: channel, address
-- Those with a limit, and those of their own.
SELECT channel, address, started_on, limits FROM mailbox ORDER BY channel, address;

-- name: console_mailbox_days(first, last)
-- null: last
-- What is taken of this day and the following ones.
SELECT channel, address, day, used, next_at FROM mailbox_day
WHERE day >= :first AND day <= coalesce(:last::date, 'infinity');

-- name: console_mailbox_counts(since, today, most)
-- not null: channel, address, sent, today, hard, soft, complained, opted_out
-- What each address of ours sent since then, and today, and how much of it came back.
SELECT m.channel, m.address, count(*) AS sent, count(*) FILTER (WHERE m.sent_at >= :today) AS today,
       count(*) FILTER (WHERE m.hard) AS hard, count(*) FILTER (WHERE m.soft) AS soft,
       count(*) FILTER (WHERE m.complained) AS complained, count(*) FILTER (WHERE m.opted_out) AS opted_out
FROM mailbox_messages(:since) m GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT :most;

-- name: console_suppression_counts()
-- not null: number
-- What stands, by reason.
SELECT reason, count(*) AS number FROM suppression WHERE lifted_at IS NULL GROUP BY reason ORDER BY 2 DESC, 1;
