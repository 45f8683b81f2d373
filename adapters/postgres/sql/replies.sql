-- name: add_reply_forwarding(reaction_id, due_at)!
INSERT INTO reply_forwarding (reaction_id, state, due_at, hand_at) VALUES (:reaction_id, 'waiting', :due_at, :due_at)
ON CONFLICT DO NOTHING;

-- name: reply_judged(reaction_id, concerns_owner)!
-- The owner hears of it now; who has got it without its judgement hears once more if that concerns them. One that is
-- being passed on at this moment is waited for.
UPDATE reply_forwarding SET state = 'waiting', decided_at = NULL, again = state <> 'waiting', due_at = '-infinity',
                            hand_at = '-infinity'
WHERE reaction_id = :reaction_id
  AND (state = 'waiting' OR (:concerns_owner AND unjudged AND NOT again AND state IN ('forward', 'notify')));

-- name: reply_is_judged(id)$
-- Asked with the row of its forwarding locked: what was read together with the lock may be older.
SELECT label IS NOT NULL OR coalesce(opt_out, false) OR handled_at IS NOT NULL FROM reaction WHERE id = :id;

-- name: next_reply_forwarding(now, most)^
-- One that is due and that no other pass has. Of a mail its first bytes, ``most`` of them. What a
-- person said of a reply counts before what the model made of it.
-- not null: opt_out, needs_review, by_person
SELECT t.reaction_id, r.enrollment_id, r.channel, coalesce(v.label, r.label) AS label, coalesce(v.intent, r.intent) AS intent,
       CASE WHEN v.id IS NULL THEN r.confidence END AS confidence, coalesce(v.opt_out, r.opt_out, false) AS opt_out,
       v.id IS NULL AND coalesce(r.held_for_review, r.handled_at IS NOT NULL) AS needs_review, v.id IS NOT NULL AS by_person,
       r.handled_at, r.decision, r.decision_reason, r.received_at, r.send_id, r.inbound_id, r.person_id,
       substring(i.raw FOR :most) AS raw, i.sender, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'wish_in_other_words', false) AS wish_in_other_words,
       r.detail, t.again, t.mail_id, t.reason
FROM reply_forwarding t JOIN reaction r ON r.id = t.reaction_id LEFT JOIN inbound i ON i.id = r.inbound_id
LEFT JOIN LATERAL (SELECT w.id, w.label, w.intent, w.opt_out FROM review w
                   WHERE w.reaction_id = r.id ORDER BY w.number DESC LIMIT 1) v ON true
WHERE t.state = 'waiting' AND t.due_at <= :now ORDER BY t.due_at, t.reaction_id LIMIT 1 FOR UPDATE OF t SKIP LOCKED;

-- name: settle_reply_forwarding(reaction_id, state, at, reason, mail_id, unjudged)!
UPDATE reply_forwarding SET state = :state, decided_at = :at, reason = :reason, mail_id = :mail_id, unjudged = :unjudged
WHERE reaction_id = :reaction_id AND state = 'waiting';

-- name: put_off_reply(reaction_id, due_at)!
UPDATE reply_forwarding SET due_at = :due_at, hand_at = :due_at WHERE reaction_id = :reaction_id AND state = 'waiting';

-- name: replies_to_hand(now, among, limit)
-- null: among
SELECT w.* FROM (
    SELECT t.reaction_id AS id, t.reaction_id AS key FROM reply_forwarding t
    WHERE t.state = 'waiting' AND t.due_at <= :now AND t.hand_at <= :now
      AND (:among::text[] IS NULL OR t.reaction_id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'replies' AND d.key = t.reaction_id AND d.until > :now)
    ORDER BY t.due_at, t.reaction_id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:replies:' || w.key, 0)) LIMIT :limit;

-- name: replies_handed(ids, again_at)!
UPDATE reply_forwarding SET hand_at = :again_at WHERE reaction_id = ANY(:ids::text[]) AND state = 'waiting';

-- name: mails_of_thread(enrollment_id)
-- Message-IDs of the mails of a run that went out, or may have, the oldest first.
-- not null: message_id
SELECT message_id FROM send
WHERE enrollment_id = :enrollment_id AND channel = 'email' AND state IN ('sent', 'unknown') AND message_id IS NOT NULL
ORDER BY claimed_at, id;

-- name: forwards_of_run(enrollment_id, owner_id, before)
-- Earlier replies of a run that the same owner was sent.
-- not null: mail_id
SELECT t.mail_id FROM reaction r JOIN reply_forwarding t ON t.reaction_id = r.id JOIN notice_mail m ON m.id = t.mail_id
WHERE r.enrollment_id = :enrollment_id AND r.kind = 'replied' AND m.owner_id = :owner_id AND r.received_at < :before
ORDER BY r.received_at, r.id;

-- name: notified_by_rule(reaction_id)$
-- A rule of the sequence has notified the owner of this reply already.
SELECT EXISTS (SELECT 1 FROM reaction r JOIN follow_up f ON f.enrollment_id = r.enrollment_id AND f.cause = r.id
               WHERE r.id = :reaction_id AND f.kind = 'notify' AND f.state = 'done' AND f.result IS NULL);

-- name: is_owner_mail(id)$
-- A mail to an owner, of whatever kind.
SELECT true FROM notice_mail WHERE id = :id;

-- name: owner_of_address(address)$
SELECT id FROM owner WHERE lower(btrim(email)) = :address ORDER BY id LIMIT 1;

-- name: set_replies_by(id, way)^
-- null: way
UPDATE owner SET replies = :way WHERE id = :id RETURNING id, replies, coalesce(email, '') <> '' AS reachable;

-- name: owner_to_notify(id)^
SELECT id, first_name, last_name, email, replies FROM owner WHERE id = :id;

-- name: followed_replies(ids)
-- What was done about replies, by the rule for each or for a review of it.
-- not null: reply_id
SELECT coalesce(v.reaction_id, r.id) AS reply_id, f.id, f.kind, f.arguments, f.state, f.result, f.at,
       t.title AS task_title, t.state AS task_state
FROM reaction r LEFT JOIN review v ON v.id = r.id
JOIN follow_up f ON f.enrollment_id = r.enrollment_id AND f.cause = r.id
LEFT JOIN task t ON t.id = f.id
WHERE r.id = ANY(ARRAY(SELECT unnest(:ids::text[]) UNION SELECT w.id FROM review w WHERE w.reaction_id = ANY(:ids::text[])))
ORDER BY f.at, f.position, f.id;
