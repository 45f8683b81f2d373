-- Mailboxes of their own: rows of "mailbox" that have an id.

-- name: mailbox_revision()$
-- not null: number
SELECT number FROM mailbox_revision;

-- name: all_own_mailboxes()
-- not null: id, state, transport, reply_to, inbound, changed_at
-- All that choosing one takes, and no secret of any.
SELECT id, address, name, owner_id, pool, signature_text, signature_html, limits, state, transport, reply_to, inbound,
       changed_at FROM mailbox WHERE id IS NOT NULL ORDER BY added_at, id;

-- name: own_mailbox(id)^
-- row: OwnMailboxRow
-- not null: id, state, state_since, transport, transport_settings, inbound, inbound_settings, reply_to, added_at, added_by, changed_at
SELECT id, address, name, owner_id, pool, signature_text, signature_html, limits, state, state_reason, state_since, transport,
       transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to, started_on, added_at,
       added_by, changed_at
FROM mailbox WHERE id = :id;

-- name: lock_own_mailbox(id)^
-- row: OwnMailboxRow
-- not null: id, state, state_since, transport, transport_settings, inbound, inbound_settings, reply_to, added_at, added_by, changed_at
SELECT id, address, name, owner_id, pool, signature_text, signature_html, limits, state, state_reason, state_since, transport,
       transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to, started_on, added_at,
       added_by, changed_at
FROM mailbox WHERE id = :id FOR NO KEY UPDATE;

-- name: find_own_mailbox(key)$
-- not null: id
-- By its id or its address.
SELECT id FROM mailbox WHERE id IS NOT NULL AND (id = :key OR (channel = 'email' AND address = lower(:key)));

-- name: read_mailboxes_of_their_own()
-- row: OwnMailboxRow
-- not null: id, state, state_since, transport, transport_settings, inbound, inbound_settings, reply_to, added_at, added_by, changed_at
-- Those whose inbox is read.
SELECT id, address, name, owner_id, pool, signature_text, signature_html, limits, state, state_reason, state_since, transport,
       transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to, started_on, added_at,
       added_by, changed_at
FROM mailbox WHERE inbound IN ('imap', 'api') AND state IN ('active', 'paused') ORDER BY id;

-- name: add_own_mailbox(id, address, name, owner_id, pool, signature_text, signature_html, limits, transport, transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to, at, added_by)$
-- null: name, owner_id, pool, signature_text, signature_html, limits, transport_secret, inbound_secret
-- An address that something was sent from keeps its count and the first day of its warm-up.
INSERT INTO mailbox AS m (channel, address, id, name, owner_id, pool, signature_text, signature_html, limits, state,
    state_since, transport, transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to,
    added_at, added_by, changed_at)
VALUES ('email', :address, :id, :name, :owner_id, :pool, :signature_text, :signature_html, :limits, 'active', :at, :transport,
    :transport_settings::jsonb, :transport_secret, :inbound, :inbound_settings::jsonb, :inbound_secret, :reply_to, :at,
    :added_by, :at)
ON CONFLICT (channel, address) DO UPDATE SET id = excluded.id, name = excluded.name, owner_id = excluded.owner_id,
    pool = excluded.pool, signature_text = excluded.signature_text, signature_html = excluded.signature_html,
    limits = excluded.limits, state = excluded.state, state_since = excluded.state_since, transport = excluded.transport,
    transport_settings = excluded.transport_settings, transport_secret = excluded.transport_secret,
    inbound = excluded.inbound, inbound_settings = excluded.inbound_settings, inbound_secret = excluded.inbound_secret,
    reply_to = excluded.reply_to, added_at = excluded.added_at, added_by = excluded.added_by,
    changed_at = excluded.changed_at
WHERE m.id IS NULL RETURNING m.id;

-- name: set_own_mailbox(id, name, owner_id, pool, signature_text, signature_html, limits, transport, transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to, at)!
-- null: name, owner_id, pool, signature_text, signature_html, limits, transport_secret, inbound_secret
UPDATE mailbox SET name = :name, owner_id = :owner_id, pool = :pool, signature_text = :signature_text,
    signature_html = :signature_html, limits = :limits, transport = :transport, transport_settings = :transport_settings::jsonb,
    transport_secret = :transport_secret, inbound = :inbound, inbound_settings = :inbound_settings::jsonb,
    inbound_secret = :inbound_secret, reply_to = :reply_to,
    changed_at = greatest(:at, changed_at + interval '1 microsecond')
WHERE id = :id;

-- name: set_mailbox_state(id, state, reason, at)!
-- null: reason
UPDATE mailbox SET state = :state, state_reason = :reason, state_since = :at, retry_at = NULL,
    changed_at = greatest(:at, changed_at + interval '1 microsecond')
WHERE id = :id;

-- name: mailbox_notified(id)$
-- null: notified_at
-- When people were told last that it is disconnected, since a person connected it.
SELECT notified_at FROM mailbox WHERE id = :id;

-- name: set_mailbox_notified(id, at)!
-- null: at
UPDATE mailbox SET notified_at = :at WHERE id = :id;

-- name: set_mailbox_retry(id, at)!
-- When the login of a disconnected mailbox is tried again.
UPDATE mailbox SET retry_at = :at WHERE id = :id AND state = 'disconnected';

-- name: mailboxes_to_retry(now, limit)
-- not null: id, retry_at, state_since
SELECT id, retry_at, state_since FROM mailbox WHERE retry_at <= :now AND state = 'disconnected' ORDER BY retry_at, id LIMIT :limit;

-- name: claim_mailbox_retry(id, seen, next)$
-- null: next
-- By one pass only; a mailbox that was connected meanwhile is left alone.
UPDATE mailbox SET retry_at = :next WHERE id = :id AND retry_at = :seen AND state = 'disconnected' RETURNING id;

-- name: bind_mailbox(run, mailbox)!
-- From which mailbox a run sends: decided once.
UPDATE enrollment SET mailbox_id = :mailbox WHERE id = :run AND mailbox_id IS NULL;

-- name: open_runs_of_mailbox(mailbox)$
-- not null: number
SELECT count(*) AS number FROM enrollment WHERE mailbox_id = :mailbox AND state NOT IN ('stopped', 'finished');

-- name: wake_runs_of_mailbox(mailbox, owner, now)!
-- null: owner
-- Runs that wait for it hear that they are due: their plans are of a new revision, which the outbox tells their workflows.
WITH waiting AS (
    SELECT e.id FROM enrollment e
    WHERE (e.mailbox_id = :mailbox OR (e.mailbox_id IS NULL AND e.owner_id = :owner))
      AND e.state NOT IN ('stopped', 'finished') AND e.state = 'active'
      AND EXISTS (SELECT 1 FROM enrollment_step s
                  WHERE s.enrollment_id = e.id AND s.state = 'planned' AND s.due_at <= :now)
    ORDER BY e.id FOR NO KEY UPDATE)
UPDATE enrollment e SET plan_revision = e.plan_revision + 1 FROM waiting w WHERE e.id = w.id;

-- name: move_runs_of_mailbox(source, target)!
-- Of open runs; in the order of their ids, as who else locks several of them.
WITH moved AS (
    SELECT e.id FROM enrollment e WHERE e.mailbox_id = :source AND e.state NOT IN ('stopped', 'finished')
    ORDER BY e.id FOR NO KEY UPDATE)
UPDATE enrollment e SET mailbox_id = :target FROM moved m WHERE e.id = m.id;

-- name: owners_of_admins()
-- not null: owner_id
-- Whom to tell of what only admins can mend.
SELECT DISTINCT owner_id FROM console_user
WHERE role = 'admin' AND owner_id IS NOT NULL AND disabled_at IS NULL ORDER BY owner_id;

-- name: days_of_mailboxes(addresses, day)
SELECT address, day, used, next_at FROM mailbox_day
WHERE channel = 'email' AND address = ANY(:addresses::text[]) AND day >= :day ORDER BY address, day;

-- name: starts_of_mailboxes(addresses)
-- null: started_on
SELECT address, started_on FROM mailbox WHERE channel = 'email' AND address = ANY(:addresses::text[]);

-- name: back_offs_of_mailboxes(addresses, now)
SELECT address, since, until FROM mailbox_back_off
WHERE channel = 'email' AND address = ANY(:addresses::text[]) AND until > :now ORDER BY address, since;

-- name: wrote_to_from(sender, key)$
-- not null: wrote
-- Whether something went from a mailbox to an address, in its compared form.
SELECT EXISTS (SELECT 1 FROM send s WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = :key
               AND lower(s.sender) = :sender AND s.state IN ('sent', 'unknown')) AS wrote;
