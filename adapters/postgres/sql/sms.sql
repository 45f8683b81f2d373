-- name: opt_out_line_was_sent(sender, person_id, recipient)$
-- Only a text that went out counts: one that is planned or unknown may never have reached anybody, so of two sequences
-- that begin at once both say it.
SELECT true FROM send
WHERE channel = 'sms' AND recipient = :recipient AND sender = :sender AND person_id = :person_id AND tells_opt_out
  AND state = 'sent' AND coalesce(provider_status, '') NOT IN ('undelivered', 'failed', 'canceled') LIMIT 1;

-- name: mark_opt_out_line(id, text)!
-- Only the row of these very words: one that was frozen before stays as it is.
UPDATE send SET tells_opt_out = true WHERE id = :id AND text = :text AND state = 'planned';

-- name: lock_sms(id, channels)^
-- Two reports of one text at the same moment: the second waits, and sees what the first one left.
SELECT * FROM send WHERE id = :id AND channel = ANY(:channels::text[]) FOR UPDATE;

-- name: add_sms_report(provider_message_id, status, send_id, error_code, at)$
INSERT INTO text_report (provider_message_id, status, send_id, error_code, at)
VALUES (:provider_message_id, :status, :send_id, :error_code, :at) ON CONFLICT DO NOTHING RETURNING status;

-- name: keep_sms_status(id, status, error)!
UPDATE send SET provider_status = :status, provider_error = :error WHERE id = :id;

-- name: tried_sms_proved(id, at)!
-- A report that comes before the provider's answer was stored: the worker may die or time out now, and the text went out
-- all the same. Or the claim was given back because the provider had said "later", and yet it has it.
UPDATE send SET state = 'sent', decided_at = :at, reason = 'proved by what came back'
WHERE id = :id AND attempts > 0 AND state IN ('claimed', 'planned');

-- name: is_known_inbound(key)$
SELECT true FROM inbound WHERE key = :key;

-- name: sms_between(channel, recipient, ours, limit)
-- The number that was answered says which of our texts is meant, when several of our numbers wrote to one person; and a
-- quote in the answer says it better, so the ones before are known as well.
SELECT * FROM send WHERE channel = :channel AND recipient = :recipient AND state IN ('sent', 'claimed', 'unknown')
ORDER BY (sender = :ours) DESC, claimed_at DESC, id LIMIT :limit;

-- name: last_message_on(channel, sender)$
-- When somebody last wrote on a channel that is neither mail nor text.
SELECT max(received_at) FROM inbound WHERE channel = :channel AND sender = :sender AND channel NOT IN ('email', 'sms', 'web');
