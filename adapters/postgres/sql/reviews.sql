-- name: lock_reply(id)^
-- Whoever reviews a reply and whoever handles it go one after the other.
SELECT r.*, e.sequence, e.state AS run_state, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words,
       coalesce(i.detail -> 'reasons' ? 'wish_in_other_words', false) AS wish_in_other_words
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE r.id = :id FOR UPDATE OF r;

-- name: lock_person(person)!
-- Reviews of one person's replies go one after the other: one may lift the suppression that the other relies on. It is
-- the lock of whoever writes the person, and is taken after that of the reply, as whoever handles the reply does.
SELECT pg_advisory_xact_lock(hashtextextended('record:person:' || :person, 0));

-- name: newest_review(reaction_id)^
SELECT * FROM review WHERE reaction_id = :reaction_id ORDER BY number DESC LIMIT 1;

-- name: add_review(id, reaction_id, number, label, intent, opt_out, reviewer, note, reviewed_at, said_label, said_intent, said_confidence, said_held, not_theirs)^
INSERT INTO review (id, reaction_id, number, label, intent, opt_out, reviewer, note, reviewed_at, said_label,
                    said_intent, said_confidence, said_held, not_theirs)
VALUES (:id, :reaction_id, :number, :label, :intent, :opt_out, :reviewer, :note, :reviewed_at, :said_label,
        :said_intent, :said_confidence, :said_held, :not_theirs)
RETURNING *;

-- name: label_review(id, label, intent, opt_out)!
UPDATE reaction SET label = :label, intent = :intent, opt_out = :opt_out, held_for_review = false WHERE id = :id;

-- name: reply_reviewed(id, at)!
UPDATE reaction SET reviewed_at = :at WHERE id = :id;

-- name: judged(id, by, pause_until)!
UPDATE reaction SET judged_by = :by, pause_until = :pause_until WHERE id = :id;

-- name: verdicts_on_reply(reply)
-- The reply and its reviews as far as they were handled, and by what each was decided. In the order of what was known:
-- of a closed run they may be handled in any order, and each follows the newest review of its time. A reply that was
-- handled after a review may have had a score which that did not know.
SELECT r.id, r.decision_reason AS reason FROM reaction r LEFT JOIN review v ON v.id = r.id
WHERE r.id = ANY(ARRAY(SELECT :reply::text UNION ALL SELECT w.id FROM review w WHERE w.reaction_id = :reply))
  AND r.handled_at IS NOT NULL
ORDER BY r.judged_by NULLS FIRST, v.number NULLS LAST;

-- name: done_about_reply(enrollment_id, causes, overruled)
-- What a review overruled before it left the house was not done.
SELECT kind, arguments, cause, state FROM follow_up
WHERE enrollment_id = :enrollment_id AND cause = ANY(:causes::text[]) AND result IS DISTINCT FROM :overruled
ORDER BY at, position;

-- name: overrule_pending(enrollment_id, reply, overruled)!
-- What the reply and its reviews so far led to and what has not left the house, also what could not.
UPDATE follow_up SET state = 'failed', result = :overruled, next_try_at = NULL
WHERE enrollment_id = :enrollment_id AND state IN ('pending', 'dead')
  AND cause = ANY(ARRAY(SELECT :reply::text UNION ALL SELECT v.id FROM review v WHERE v.reaction_id = :reply));

-- name: restore_overruled(enrollment_id, causes, overruled)!
-- The verdict is the same again: what was overruled waits again to leave the house.
UPDATE follow_up SET state = 'pending', result = NULL, hand_at = '-infinity', tries = 0, round = round + 1,
                     tried_since = NULL, settled_at = NULL
WHERE enrollment_id = :enrollment_id AND cause = ANY(:causes::text[]) AND state = 'failed' AND result = :overruled;

-- name: pause_of_reply(reply, enrollment_id, at)$
-- The pause that this reply (or a review of it) made or could have made, as long as it stands: unless somebody asked
-- for a pause since, another reply of the run waits to be read, or the newest verdict on something else that came back
-- wants a pause too.
SELECT p.started_at FROM enrollment_pause p
WHERE p.enrollment_id = :enrollment_id AND p.ended_at IS NULL
  AND EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = p.enrollment_id AND r.decision = 'pause'
              AND r.handled_at = p.started_at)
  AND NOT EXISTS (SELECT 1 FROM enrollment_event v WHERE v.enrollment_id = p.enrollment_id AND v.kind = 'pause'
                  AND v.at >= p.started_at)
  AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = p.enrollment_id AND r.id <> :reply
                  AND r.kind = 'replied' AND r.handled_at IS NOT NULL AND r.reviewed_at IS NULL
                  AND coalesce(r.held_for_review, true) AND NOT coalesce(r.opt_out, false))
  AND NOT EXISTS (SELECT 1 FROM reaction r LEFT JOIN review own ON own.id = r.id
                  WHERE r.enrollment_id = p.enrollment_id AND r.id <> :reply AND own.reaction_id IS DISTINCT FROM :reply
                    -- The one that made the pause wants it, also if that was before such wishes were written down.
                    AND (r.pause_until > :at OR (r.pause_until IS NULL AND r.decision = 'pause'
                                                 AND r.handled_at = p.started_at))
                    AND NOT EXISTS (SELECT 1 FROM review v JOIN reaction w ON w.id = v.id
                                    WHERE v.reaction_id = coalesce(own.reaction_id, r.id)
                                      AND w.judged_by > coalesce(r.judged_by, 0)));

-- name: reading_done(enrollment_id, reaction_id, titles)!
-- The task to read the reply is done once somebody said what it means.
UPDATE task t SET state = 'done' FROM follow_up f
WHERE f.enrollment_id = :enrollment_id AND f.cause = :reaction_id AND f.kind = 'create_task'
  AND f.arguments -> 'create_task' ->> 'title' = ANY(:titles::text[]) AND t.id = f.id AND t.state = 'open';

-- name: lift_mistaken_opt_out(person_id, reply, at)!
-- What came of opt-outs that were read into replies of the person, unless one of the others still is an opt-out; nor
-- where somebody opted out who was merged into the person: their wish is passed on, but where a row stood already.
-- Their sources say what came of them: of the person, of whoever the CRM merged it into, and of an address alone.
UPDATE suppression s SET lifted_at = :at
WHERE s.reason = 'opt_out' AND s.lifted_at IS NULL
  AND s.source = ANY(ARRAY(SELECT unnest(ARRAY[o.id, o.inbound_id]) FROM reaction o
                           WHERE o.person_id = :person_id AND o.kind = 'replied'))
  AND NOT EXISTS (
      SELECT 1 FROM reaction r LEFT JOIN LATERAL (
          SELECT v.opt_out FROM review v WHERE v.reaction_id = r.id ORDER BY v.number DESC LIMIT 1) said ON true
      WHERE r.person_id = :person_id AND r.kind = 'replied' AND r.id <> :reply
        AND coalesce(said.opt_out, r.opt_out, false))
  AND NOT EXISTS (
      SELECT 1 FROM person m JOIN suppression o ON o.person_id = m.id
      WHERE m.merged_into = :person_id AND o.reason = 'opt_out' AND o.lifted_at IS NULL);

-- name: reviewed_replies()
-- The newest review of each reply, the newest first.
SELECT v.reaction_id, v.label, v.intent, v.not_theirs, r.channel,
       coalesce(nullif(i.reply_text, ''), i.text, '') AS text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words
FROM review v JOIN reaction r ON r.id = v.reaction_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE NOT EXISTS (SELECT 1 FROM review w WHERE w.reaction_id = v.reaction_id AND w.number > v.number)
ORDER BY v.reviewed_at DESC, v.reaction_id;
