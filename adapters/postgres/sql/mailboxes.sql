-- name: lock_mailbox(channel, address, day)$
-- not null: started_on
-- Creates the mailbox or locks it until the end of the transaction: reservations of one mailbox stand in a queue.
INSERT INTO mailbox (channel, address, started_on) VALUES (:channel, :address, :day)
ON CONFLICT (channel, address) DO UPDATE SET started_on = least(mailbox.started_on, excluded.started_on)
RETURNING started_on;

-- name: mailbox_days(channel, address, day)
SELECT day, used, next_at FROM mailbox_day
WHERE channel = :channel AND address = :address AND day >= :day ORDER BY day;

-- name: take_slot(channel, address, day, next_at)!
INSERT INTO mailbox_day (channel, address, day, used, next_at) VALUES (:channel, :address, :day, 1, :next_at)
ON CONFLICT (channel, address, day) DO UPDATE SET used = mailbox_day.used + 1, next_at = excluded.next_at;

-- name: give_slot_back(channel, address, day)!
-- Its instant has passed and is lost; its place in the day's count is not.
UPDATE mailbox_day SET used = used - 1
WHERE channel = :channel AND address = :address AND day = :day AND used > 0;

-- name: lock_send(id)^
SELECT channel, sender, state, slot_at FROM send WHERE id = :id FOR UPDATE;

-- name: set_slot(id, slot_at)!
UPDATE send SET slot_at = :slot_at WHERE id = :id;

-- name: back_mailbox_off(channel, address, since, until, code)!
-- null: code
INSERT INTO mailbox_back_off (channel, address, since, until, code) VALUES (:channel, :address, :since, :until, :code)
ON CONFLICT (channel, address, since) DO UPDATE SET until = greatest(mailbox_back_off.until, excluded.until);

-- name: back_offs(channel, address, now)
SELECT since, until FROM mailbox_back_off
WHERE channel = :channel AND address = :address AND until > :now ORDER BY since;
