-- name: imap_watermark(mailbox)^
-- row: ImapWatermarkRow
SELECT uidvalidity, uid, bounded_until, since FROM imap_watermark WHERE mailbox = :mailbox;

-- name: begin_imap_watermark(mailbox, uidvalidity, bounded_until, since, at)^
-- row: ImapWatermarkRow
-- A folder that is new to us, or whose UIDs mean something else since its UIDVALIDITY changed. Of two readers that begin
-- at once, the second gets the first one's row.
INSERT INTO imap_watermark AS w (mailbox, uidvalidity, uid, bounded_until, since, moved_at)
VALUES (:mailbox, :uidvalidity, 0, :bounded_until, :since, :at)
ON CONFLICT (mailbox) DO UPDATE SET
    uid = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.uid ELSE 0 END,
    bounded_until = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.bounded_until ELSE excluded.bounded_until END,
    since = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.since ELSE excluded.since END,
    uidvalidity = excluded.uidvalidity, moved_at = excluded.moved_at
RETURNING uidvalidity, uid, bounded_until, since;

-- name: move_imap_watermark(mailbox, uidvalidity, uid, at)!
-- Never back: two processes may read the same folder.
UPDATE imap_watermark SET uid = :uid, moved_at = :at
WHERE mailbox = :mailbox AND uidvalidity = :uidvalidity AND uid < :uid;

-- name: skip_imap_message(mailbox, uidvalidity, uid, reason, at)!
INSERT INTO imap_skipped (mailbox, uidvalidity, uid, reason, at)
VALUES (:mailbox, :uidvalidity, :uid, :reason, :at) ON CONFLICT DO NOTHING;

-- name: use_webhook_token(token, content, at)$
-- What the token was used for first; a repetition changes nothing.
INSERT INTO webhook_token AS w (token, content, at) VALUES (:token, :content, :at)
ON CONFLICT (token) DO UPDATE SET content = w.content RETURNING content;

-- name: forget_webhook_tokens(before)!
DELETE FROM webhook_token WHERE at < :before;

-- name: inbound_to_attach(id)^
SELECT id, key, channel, event, sender, text, reply_text, detail, received_at, state, matched_by, send_id, attached_to,
       (SELECT r.enrollment_id FROM reaction r WHERE r.inbound_id = inbound.id LIMIT 1) AS reacting_run,
       (SELECT s.enrollment_id FROM send s WHERE s.id = inbound.send_id) AS run_of_send
FROM inbound WHERE id = :id FOR UPDATE;

-- name: send_to_attach(enrollment_id, channel, before)^
-- What a message that came in by then answers most likely: the newest that certainly went out, else one that may have.
SELECT * FROM send
WHERE enrollment_id = :enrollment_id AND channel = :channel AND state IN ('sent', 'claimed', 'unknown')
ORDER BY (state = 'sent' AND claimed_at <= :before) DESC, claimed_at DESC NULLS LAST, id LIMIT 1;

-- name: attach_inbound(id, enrollment_id, send_id, detail, at, by)!
UPDATE inbound SET state = 'matched', matched_by = 'hand', send_id = :send_id, detail = :detail,
                   attached_to = :enrollment_id, attached_at = :at, attached_by = :by
WHERE id = :id;

-- name: reaction_of_inbound(inbound_id)$
SELECT id FROM reaction WHERE inbound_id = :inbound_id LIMIT 1;

-- name: inbound_by_keys(keys)^
SELECT id, key, event, state, sender, received_at FROM inbound WHERE key = ANY(:keys::text[]) LIMIT 1;

-- name: mails_of_old_key(low, high)
-- row: MailsOfKeyRow
-- Stored before a mail was known by its content, under a key of Message-ID and all its bytes: those of one Message-ID.
SELECT id, key, event, state, sender, received_at, raw FROM inbound
WHERE key LIKE 'mail:%' AND key COLLATE "C" >= :low AND key COLLATE "C" < :high ORDER BY received_at LIMIT 20;

-- name: mails_of_one_id(low, high)
-- row: MailsOfKeyRow
SELECT id, key, event, state, sender, received_at, raw FROM inbound
WHERE key LIKE 'content:<%' AND key COLLATE "C" >= :low AND key COLLATE "C" < :high AND length(raw) <= 5000000
ORDER BY received_at LIMIT 5;

-- name: match_inbound(id, send_id, matched_by)!
-- It lay in the unmatched queue until the same mail came with the address that tells its run.
UPDATE inbound SET state = 'matched', send_id = :send_id, matched_by = :matched_by WHERE id = :id AND state = 'unmatched';

-- name: dismiss_inbound(id, at, by)$
UPDATE inbound SET state = 'ignored', dismissed_at = :at, dismissed_by = :by
WHERE id = :id AND state = 'unmatched' RETURNING id;

-- name: block_runs_of_inbound(id, address)!
-- Every open run that wrote there, and every other one of a person with that address.
UPDATE inbound SET holds = ARRAY(
    SELECT e.id FROM person p JOIN enrollment e ON e.person_id = p.id WHERE p.email_key = :address AND run_is_open(e.state)
    UNION
    SELECT e.id FROM send s JOIN enrollment e ON e.id = s.enrollment_id
    WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = :address AND run_is_open(e.state)
    ORDER BY id LIMIT 500)
WHERE id = :id;

-- name: block_run_of_inbound(id, enrollment_id)!
UPDATE inbound SET holds = array_append(holds, :enrollment_id::text) WHERE id = :id;
