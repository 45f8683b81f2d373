-- name: add_inbound(id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state)$
INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state)
VALUES (:id, :key, :channel, :received_at, :raw, :event, :sender, :text, :reply_text, :detail, :matched_by, :send_id, :state)
ON CONFLICT DO NOTHING RETURNING id;

-- name: unmatched_inbound(limit)
SELECT id, channel, received_at, event, reply_text, state FROM inbound WHERE state = 'unmatched'
ORDER BY received_at DESC LIMIT :limit;

-- name: add_reaction(id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at)$
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at)
VALUES (:id, :key, :enrollment_id, :person_id, :kind, :channel, :send_id, :inbound_id, :holds, :detail, :received_at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: reaction_row(id)^
SELECT r.*, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words
FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id WHERE r.id = :id;

-- name: reactions_of(enrollment_id)
SELECT r.*, i.reply_text, l.target AS link_target FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id
LEFT JOIN send_link l ON l.id = r.detail ->> 'link'
WHERE r.enrollment_id = :enrollment_id ORDER BY r.received_at, r.id;

-- name: undelivered_reactions(skip, limit)
-- Not yet handed to Temporal; or handed to a run that closed before it came to it. A run that is still starting gets
-- its reactions as soon as it is active.
SELECT r.id, r.kind, r.holds, r.enrollment_id, e.workflow_id, e.state IN ('stopped', 'finished') AS closed
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
WHERE r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting' AND r.id <> ALL(:skip::text[])
  AND (r.delivered_at IS NULL OR e.state IN ('stopped', 'finished'))
ORDER BY r.received_at, r.id LIMIT :limit;

-- name: reaction_delivered(id, at, late)!
UPDATE reaction SET delivered_at = coalesce(delivered_at, :at), late = :late WHERE id = :id;

-- name: score_reaction(id, label, confidence, intent, opt_out, held, reasons)!
UPDATE reaction SET label = :label, confidence = :confidence, intent = :intent, opt_out = :opt_out,
                    held_for_review = :held, score_reasons = :reasons
WHERE id = :id AND handled_at IS NULL;

-- name: handle_reaction(id, at, decision, reason)$
UPDATE reaction SET handled_at = :at, decision = :decision, decision_reason = :reason
WHERE id = :id AND handled_at IS NULL RETURNING id;

-- name: add_suppression(person_id, address, channel, reason, source, since)$
INSERT INTO suppression (person_id, address, channel, reason, source, since)
VALUES (:person_id, :address, :channel, :reason, :source, :since) ON CONFLICT DO NOTHING RETURNING id;

-- name: suppressions_of(person_id, email, phone)
SELECT channel, reason, since FROM suppression
WHERE lifted_at IS NULL AND (person_id = :person_id OR address = :email OR address = :phone) ORDER BY id;

-- name: lift_suppression(person_id, channel, reason, at)!
UPDATE suppression SET lifted_at = :at
WHERE lifted_at IS NULL AND person_id = :person_id AND channel = :channel AND reason = :reason;

-- name: lift_stop_word(address, reason, at)!
UPDATE suppression SET lifted_at = :at WHERE lifted_at IS NULL AND address = :address AND channel = 'sms' AND reason = :reason;
