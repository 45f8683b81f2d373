-- name: lock_reply(id)^
-- Whoever reviews a reply and whoever handles it go one after the other.
SELECT r.*, e.sequence, e.state AS run_state, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE r.id = :id FOR UPDATE OF r;

-- name: newest_review(reaction_id)^
SELECT * FROM review WHERE reaction_id = :reaction_id ORDER BY number DESC LIMIT 1;

-- name: add_review(id, reaction_id, number, label, intent, reviewer, note, reviewed_at, said_label, said_intent, said_confidence, said_held)!
INSERT INTO review (id, reaction_id, number, label, intent, reviewer, note, reviewed_at, said_label, said_intent,
                    said_confidence, said_held)
VALUES (:id, :reaction_id, :number, :label, :intent, :reviewer, :note, :reviewed_at, :said_label, :said_intent,
        :said_confidence, :said_held);

-- name: label_review(id, label, intent, opt_out)!
UPDATE reaction SET label = :label, intent = :intent, opt_out = :opt_out, held_for_review = false WHERE id = :id;

-- name: verdicts_on_reply(reply)
-- The reply and its reviews as far as they were handled, and by what each was decided. In the order in which they were
-- said: the clocks that they were handled by may differ.
SELECT r.id, r.decision_reason AS reason FROM reaction r LEFT JOIN review v ON v.id = r.id
WHERE (r.id = :reply OR v.reaction_id = :reply) AND r.handled_at IS NOT NULL
ORDER BY v.number NULLS FIRST;

-- name: done_about_reply(enrollment_id, causes)
SELECT kind, arguments, cause, state FROM follow_up
WHERE enrollment_id = :enrollment_id AND cause = ANY(:causes::text[]) ORDER BY at, position;

-- name: pause_of_reply(reply, enrollment_id)$
-- The pause that this reply (or a review of it) made, as long as it stands: unless somebody asked for a pause since, or
-- another reply of the run waits to be read.
SELECT p.started_at FROM enrollment_pause p
WHERE p.enrollment_id = :enrollment_id AND p.ended_at IS NULL
  AND EXISTS (SELECT 1 FROM reaction r WHERE r.decision = 'pause' AND r.handled_at = p.started_at
              AND (r.id = :reply OR r.id IN (SELECT v.id FROM review v WHERE v.reaction_id = :reply)))
  AND NOT EXISTS (SELECT 1 FROM enrollment_event v WHERE v.enrollment_id = p.enrollment_id AND v.kind = 'pause'
                  AND v.at >= p.started_at)
  AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = p.enrollment_id AND r.id <> :reply
                  AND r.kind = 'replied' AND r.handled_at IS NOT NULL AND coalesce(r.held_for_review, true)
                  AND NOT coalesce(r.opt_out, false)
                  AND NOT EXISTS (SELECT 1 FROM review v WHERE v.reaction_id = r.id));

-- name: reading_done(reaction_id, title)!
-- The task to read the reply is done once somebody said what it means.
UPDATE task t SET state = 'done' FROM follow_up f
WHERE f.id = t.id AND t.reaction_id = :reaction_id AND t.state = 'open' AND f.kind = 'create_task'
  AND f.arguments -> 'create_task' ->> 'title' = :title;

-- name: lift_mistaken_opt_out(person_id, reply, at)!
-- What came of opt-outs that were read into replies of the person, unless one of the others still is an opt-out.
UPDATE suppression s SET lifted_at = :at
WHERE s.person_id = :person_id AND s.reason = 'opt_out' AND s.lifted_at IS NULL
  AND s.source IN (SELECT o.id FROM reaction o WHERE o.person_id = :person_id AND o.kind = 'replied')
  AND NOT EXISTS (
      SELECT 1 FROM reaction r LEFT JOIN LATERAL (
          SELECT v.intent FROM review v WHERE v.reaction_id = r.id ORDER BY v.number DESC LIMIT 1) said ON true
      WHERE r.person_id = :person_id AND r.kind = 'replied' AND r.id <> :reply
        AND coalesce(said.intent = 'opt_out', r.opt_out, false));

-- name: waiting_reviews(after, limit)
-- Replies that a person must read and nobody has, the oldest first. What asks not to be contacted was obeyed already.
SELECT r.id, r.received_at, e.sequence, r.enrollment_id, e.state AS run_state, r.person_id,
       nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, r.channel, r.label, r.intent, r.confidence,
       coalesce(r.score_reasons, '{}') AS reasons, coalesce(nullif(i.reply_text, ''), i.text, '') AS text
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
LEFT JOIN person p ON p.id = r.person_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE r.kind = 'replied' AND r.handled_at IS NOT NULL AND coalesce(r.held_for_review, true)
  AND NOT coalesce(r.opt_out, false)
  AND NOT EXISTS (SELECT 1 FROM review v WHERE v.reaction_id = r.id)
  AND (:after::text IS NULL
       OR (r.received_at, r.id) > (SELECT a.received_at, a.id FROM reaction a WHERE a.id = :after))
ORDER BY r.received_at, r.id LIMIT :limit;

-- name: reviewed_replies()
-- The newest review of each reply, the newest first.
SELECT v.reaction_id, v.label, v.intent, r.channel,
       coalesce(nullif(i.reply_text, ''), i.text, '') AS text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words
FROM review v JOIN reaction r ON r.id = v.reaction_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE NOT EXISTS (SELECT 1 FROM review w WHERE w.reaction_id = v.reaction_id AND w.number > v.number)
ORDER BY v.reviewed_at DESC, v.reaction_id;

-- name: reactions_beginning(prefix)
SELECT id FROM reaction WHERE starts_with(id, :prefix) ORDER BY id LIMIT 2;
