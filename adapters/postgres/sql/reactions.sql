-- name: add_inbound(id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state)$
INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state)
VALUES (:id, :key, :channel, :received_at, :raw, :event, :sender, :text, :reply_text, :detail, :matched_by, :send_id, :state)
ON CONFLICT DO NOTHING RETURNING id;

-- name: add_reaction(id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at)$
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at)
VALUES (:id, :key, :enrollment_id, :person_id, :kind, :channel, :send_id, :inbound_id, :holds, :detail, :received_at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: add_field_changes(reactions, kind, received_at)!
-- Of many runs: fields of their records changed.
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, detail, received_at)
SELECT r.id, r.key, r.enrollment_id, r.person_id, :kind, true, r.detail, :received_at
FROM jsonb_to_recordset(:reactions::jsonb)
     AS r(position integer, id text, key text, enrollment_id text, person_id text, detail jsonb)
ORDER BY r.position ON CONFLICT DO NOTHING;

-- name: note_answer(id, address, reasons)!
-- What is known of an answer before any model is asked: whom it holds, and whether it asks not to be contacted.
UPDATE reaction SET address = :address, opt_out = CASE WHEN :reasons::text[] IS NULL THEN opt_out ELSE true END,
                    score_reasons = coalesce(:reasons::text[], score_reasons)
WHERE id = :id AND handled_at IS NULL;

-- name: reacts_already(inbound_id, enrollment_id)$
SELECT true FROM reaction WHERE inbound_id = :inbound_id AND enrollment_id = :enrollment_id LIMIT 1;

-- name: is_known_address(address, channels, field)$
-- A record has it, or we wrote to it on one of the channels that use this kind of address; the address as it is compared.
SELECT EXISTS (SELECT 1 FROM send WHERE channel = ANY(:channels::text[]) AND coalesce(recipient_key, lower(recipient)) = :address)
    OR CASE :field::text WHEN 'person.email' THEN EXISTS (SELECT 1 FROM person WHERE email_key = :address)
                         WHEN 'person.phone' THEN EXISTS (SELECT 1 FROM person WHERE phone_key = :address)
                         ELSE false END;

-- name: reaction_row(id)^
SELECT r.*, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words,
       coalesce(i.detail -> 'reasons' ? 'wish_in_other_words', false) AS wish_in_other_words
FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id WHERE r.id = :id;

-- name: has_reacted(enrollment_id, kinds)$
-- not null: has_reacted
SELECT EXISTS (SELECT 1 FROM reaction WHERE enrollment_id = :enrollment_id AND kind = ANY(:kinds::text[])) AS has_reacted;

-- name: reactions_of(enrollment_id)
SELECT r.*, i.reply_text, l.target AS link_target FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id
LEFT JOIN send_link l ON l.id = r.detail ->> 'link'
WHERE r.enrollment_id = :enrollment_id ORDER BY r.received_at, r.id;

-- name: happenings_of(enrollment_id)
-- null: step, label
-- not null: kind
-- What came back in a run, as conditions ask for it: a person's word on a reply before the model's, which counts if it is
-- sure; an absence that only its words tell; and no like that was taken back. And which of its tasks are done.
SELECT CASE WHEN r.kind = 'replied' AND v.label IS NULL AND r.intent = 'auto_reply' AND NOT coalesce(r.held_for_review, true)
                 AND NOT coalesce(r.opt_out, false) THEN 'out_of_office' ELSE r.kind END AS kind,
       s.step, coalesce(v.label, CASE WHEN r.held_for_review THEN NULL ELSE r.label END) AS label
FROM reaction r LEFT JOIN send s ON s.id = r.send_id
LEFT JOIN LATERAL (SELECT w.label, w.not_theirs FROM review w WHERE w.reaction_id = r.id
                   ORDER BY w.number DESC LIMIT 1) v ON true
WHERE r.enrollment_id = :enrollment_id AND NOT coalesce((r.detail ->> 'taken_back')::boolean, false)
  -- What nobody has said to be the person's is no answer of theirs.
  AND NOT coalesce(v.not_theirs, r.detail ? 'doubt')
UNION ALL
SELECT 'done', t.step, NULL FROM task t
WHERE t.enrollment_id = :enrollment_id AND t.step IS NOT NULL AND t.state = 'done';

-- name: score_reaction(id, label, confidence, intent, opt_out, held, reasons)!
UPDATE reaction SET label = :label, confidence = :confidence, intent = :intent, opt_out = :opt_out,
                    held_for_review = :held, score_reasons = :reasons
WHERE id = :id AND handled_at IS NULL;

-- name: handle_reaction(id, at, decision, reason)$
UPDATE reaction SET handled_at = :at, decision = :decision, decision_reason = :reason
WHERE id = :id AND handled_at IS NULL RETURNING id;

-- name: only_report(id, at)!
-- No run hears of it, and nothing follows; unless its sequence has a rule for opens.
UPDATE reaction r SET delivered_at = :at, handled_at = :at, decision = 'none', decision_reason = 'only reported'
FROM enrollment e JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
WHERE r.id = :id AND e.id = r.enrollment_id AND r.handled_at IS NULL
  AND NOT v.definition @> '{"reactions": [{"on": "opened"}]}';

-- name: add_suppression(person_id, address, channel, reason, source, since)$
INSERT INTO suppression (person_id, address, channel, reason, source, since)
VALUES (:person_id, :address, :channel, :reason, :source, :since)
ON CONFLICT DO NOTHING RETURNING id;

-- name: cover_address(person_id, address, channel, reason, covered)!
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT :covered, s.id, s.channel FROM suppression s
WHERE coalesce(s.person_id, '') = coalesce(:person_id::text, '') AND coalesce(s.address, '') = coalesce(:address::text, '')
  AND s.channel = :channel AND s.reason = :reason AND s.lifted_at IS NULL
ON CONFLICT DO NOTHING;

-- name: suppressions_of(person_id, email, phone)
-- null: person_id, email, phone
-- not null: channel, reason, since
-- The e-mail address and the number as they are compared.
SELECT channel, reason, since FROM suppressions_on(:person_id, ARRAY[:email, :phone]::text[]) ORDER BY id;

-- name: lift_stop_word(address, channel, reason, at)!
-- It speaks for its own number, and for the person behind it: who had said STOP from another number too is free again,
-- and that number is not.
WITH meant AS (
    SELECT s.id, s.address, s.channel, s.reason, s.source, s.since FROM suppressions_on(NULL, ARRAY[:address]::text[]) s
    WHERE s.channel = :channel AND s.reason = :reason
), kept AS (
    INSERT INTO suppression (person_id, address, channel, reason, source, since)
    SELECT NULL, m.address, m.channel, m.reason, m.source, m.since FROM meant m WHERE m.address <> :address
    ON CONFLICT DO NOTHING
)
UPDATE suppression s SET lifted_at = :at FROM meant m WHERE s.id = m.id;
