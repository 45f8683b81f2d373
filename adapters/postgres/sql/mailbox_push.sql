-- Providers that tell of new mail in a mailbox.

-- name: claim_mailbox_push(mailbox, at, until)^
-- null: subscription, address
-- The turn to ask the provider; none when it is not time, or another process asks.
INSERT INTO mailbox_push AS p (mailbox, renew_at, asking_until) VALUES (:mailbox, :at, :until)
ON CONFLICT (mailbox) DO UPDATE SET asking_until = excluded.asking_until
WHERE p.renew_at <= :at AND (p.asking_until IS NULL OR p.asking_until <= :at)
RETURNING p.subscription, p.address, p.failures, p.renew_at;

-- name: begin_mailbox_push(mailbox, address, secret_hash)!
UPDATE mailbox_push SET subscription = NULL, ends_at = NULL, address = :address, secret_hash = :secret_hash
WHERE mailbox = :mailbox;

-- name: keep_mailbox_push(mailbox, subscription, ends_at, renew_at, claimed)!
-- What was told of the subscription while its provider was asked is looked at next: then renew_at is another one.
UPDATE mailbox_push
SET subscription = :subscription, ends_at = :ends_at, asking_until = NULL, failures = 0, problem = NULL,
    renew_at = CASE WHEN renew_at = :claimed THEN :renew_at ELSE renew_at END
WHERE mailbox = :mailbox;

-- name: fail_mailbox_push(mailbox, renew_at, problem)!
UPDATE mailbox_push SET asking_until = NULL, renew_at = :renew_at, failures = failures + 1, problem = :problem
WHERE mailbox = :mailbox;

-- name: hurry_mailbox_push(mailbox, at)!
UPDATE mailbox_push SET renew_at = :at WHERE mailbox = :mailbox;

-- name: mailbox_push_heard(mailbox, at)!
UPDATE mailbox_push SET heard_at = :at WHERE mailbox = :mailbox;

-- name: mailbox_push_state(mailbox)^
-- null: ends_at, heard_at, problem
SELECT ends_at, heard_at, problem, failures FROM mailbox_push WHERE mailbox = :mailbox;

-- name: take_mailbox_push(mailbox, at)$
-- not null: subscription
-- The subscription that shall end, once: of all who want that, one asks the provider. A mailbox that comes back is asked for anew.
UPDATE mailbox_push AS p
SET subscription = NULL, ends_at = NULL, secret_hash = NULL, asking_until = NULL, failures = 0, problem = NULL,
    renew_at = :at
FROM (SELECT mailbox, subscription FROM mailbox_push WHERE mailbox = :mailbox FOR UPDATE) AS before
WHERE p.mailbox = before.mailbox AND before.subscription IS NOT NULL
RETURNING before.subscription;

-- name: mailbox_push_secret(mailbox)$
-- null: secret_hash
SELECT secret_hash FROM mailbox_push WHERE mailbox = :mailbox;

-- name: gmail_mailbox(address)$
-- A mailbox that is read by the interface of Gmail.
SELECT id FROM mailbox
WHERE channel = 'email' AND address = lower(btrim(:address)) AND id IS NOT NULL AND inbound = 'api'
  AND transport = 'gmail';

-- name: mailboxes_without_push(since)
-- not null: problem
-- Those whose provider was asked since then, or is to be asked, and refuses.
SELECT m.address, p.problem FROM mailbox_push p JOIN mailbox m ON m.id = p.mailbox
WHERE p.failures > 0 AND p.renew_at >= :since AND p.problem IS NOT NULL AND m.state IN ('active', 'paused')
ORDER BY m.address;

-- name: ring_mailbox(mailbox)$
-- Who reads it listens.
SELECT pg_notify('relance_mailboxes', :mailbox::text)::text;
