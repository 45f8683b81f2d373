-- name: reply_to_answer(id)^
-- What an answer needs of the reply. Of a mail that is too large its beginning has the ids of its thread.
SELECT r.id, r.kind, r.enrollment_id, r.person_id, r.send_id, r.channel, i.sender, substring(i.raw FOR 1000000) AS raw
FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id WHERE r.id = :id;

-- name: add_answer(id, reaction_id, enrollment_id, person_id, owner_id, channel, sender, recipient, recipient_key, envelope_from, subject, message_id, content, text, anyway, asked_by, asked_at)$
-- null: owner_id, subject, message_id, asked_by
INSERT INTO answer (id, reaction_id, enrollment_id, person_id, owner_id, channel, state, sender, recipient, recipient_key,
                    envelope_from, subject, message_id, content, text, anyway, asked_by, asked_at)
VALUES (:id, :reaction_id, :enrollment_id, :person_id, :owner_id, :channel, 'planned', :sender, :recipient,
        :recipient_key, :envelope_from, :subject, :message_id, :content, :text, :anyway, :asked_by, :asked_at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: answer_row(id)^
SELECT * FROM answer WHERE id = :id;

-- name: answers_of(ids)
SELECT id, reaction_id, state, channel, text, asked_by, asked_at, decided_at, code, reason FROM answer
WHERE reaction_id = ANY(:ids::text[]) ORDER BY asked_at, number;

-- name: answers_to_hand(now, among, limit)
-- null: among
SELECT w.* FROM (
    SELECT a.id, a.id AS key FROM answer a
    WHERE a.state = 'planned' AND a.handed_at IS NULL AND (:among::text[] IS NULL OR a.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'answers' AND d.key = a.id AND d.until > :now)
    ORDER BY a.number OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:answers:' || w.key, 0)) LIMIT :limit;

-- name: answers_handed(ids, at)!
UPDATE answer SET handed_at = :at WHERE id = ANY(:ids::text[]) AND handed_at IS NULL;

-- name: answers_to_send(channel, now, limit)
SELECT id FROM answer
WHERE state = 'planned' AND channel = :channel AND (try_after IS NULL OR try_after <= :now) AND NOT everything_is_on_hold()
ORDER BY number LIMIT :limit;

-- name: claim_answer(id, claimer, now, never)^
-- While everything is on hold it waits: what people write to people is a message, too.
-- The statement locks the row and asks for suppressions again: whoever said no since it was asked for gets none. Those
-- for a reason of "never" forbid it in any case.
UPDATE answer a SET state = 'claimed', claimed_at = :now, claimed_by = :claimer
WHERE a.id = :id AND a.state = 'planned' AND (a.try_after IS NULL OR a.try_after <= :now) AND NOT everything_is_on_hold()
  AND NOT EXISTS (
      SELECT 1 FROM suppressions_on(a.person_id, ARRAY[a.recipient_key]) x
      WHERE x.channel IN (a.channel, 'all') AND (NOT a.anyway OR x.reason = ANY(:never::text[])))
  AND (a.anyway OR NOT EXISTS (SELECT 1 FROM opt_out_holds_on(a.person_id, ARRAY[a.recipient_key], a.channel)))
RETURNING a.id, a.enrollment_id, a.person_id, a.channel, a.sender, a.recipient, a.envelope_from, a.content, a.text, a.tries;

-- name: refuse_answer(id, at, never)$
-- What the claim found in its way.
UPDATE answer a SET state = 'refused', decided_at = :at, reason = s.reason
FROM (SELECT w.id, w.reason FROM (
          SELECT a2.id, 'suppressed: ' || x.reason AS reason, x.id AS place
          FROM answer a2, suppressions_on(a2.person_id, ARRAY[a2.recipient_key]) x
          WHERE a2.id = :id AND x.channel IN (a2.channel, 'all') AND (NOT a2.anyway OR x.reason = ANY(:never::text[]))
          UNION ALL
          SELECT a3.id, 'an opt-out awaits confirmation', NULL
          FROM answer a3, opt_out_holds_on(a3.person_id, ARRAY[a3.recipient_key], a3.channel)
          WHERE a3.id = :id AND NOT a3.anyway) w
      ORDER BY w.place NULLS LAST LIMIT 1) s
WHERE a.id = s.id AND a.state = 'planned' RETURNING a.id;

-- name: settle_answer(id, claimer, state, at, provider_message_id, code, reason)$
-- null: provider_message_id
-- Only the claimer settles; an "unknown" made of its claim by somebody else may still become known.
UPDATE answer SET state = :state, decided_at = :at, provider_message_id = :provider_message_id, code = :code, reason = :reason
WHERE id = :id AND claimed_by = :claimer AND state IN ('claimed', 'unknown') RETURNING id;

-- name: release_answer(id, claimer, tries, try_after, code, reason)!
-- null: try_after
UPDATE answer SET state = 'planned', claimed_at = NULL, claimed_by = NULL, tries = :tries, try_after = :try_after,
                  code = :code, reason = :reason
WHERE id = :id AND claimed_by = :claimer AND state IN ('claimed', 'unknown');

-- name: lost_answers(claimed_before, at)
UPDATE answer SET state = 'unknown', decided_at = :at, reason = 'the worker died while it was sent'
WHERE state = 'claimed' AND claimed_at < :claimed_before RETURNING id;

-- name: send_of_answer(message_id)^
-- The send whose thread an answer of ours is in.
SELECT s.* FROM answer a JOIN reaction r ON r.id = a.reaction_id JOIN send s ON s.id = r.send_id
WHERE a.message_id = :message_id;

-- name: answers_proved(message_ids, at)!
-- Somebody has them: their bytes came back, or a mail cites them.
UPDATE answer SET state = 'sent', decided_at = :at, reason = 'proved by what came back'
WHERE message_id = ANY(:message_ids::text[]) AND state = 'unknown';

-- name: answer_reported(id, state, at, code, reason)$
-- null: code
-- What the provider of texts says later, whatever it is, shows that it has the text; it may say that it did not arrive.
UPDATE answer SET state = CASE WHEN :state = 'failed' OR state = 'unknown' THEN :state ELSE state END,
                  decided_at = coalesce(decided_at, :at), code = coalesce(:code, code),
                  reason = CASE WHEN :state = 'failed' THEN :reason ELSE reason END
WHERE id = :id AND state IN ('claimed', 'sent', 'unknown') RETURNING id;

-- name: sender_of_answer(id)$
SELECT sender FROM answer WHERE id = :id;
