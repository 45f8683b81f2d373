-- name: add_send(id, enrollment_id, step, person_id, channel, sender, recipient, subject, message_id, content, text, planned_at, variant)!
INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, message_id, content,
                  text, planned_at, variant)
VALUES (:id, :enrollment_id, :step, :person_id, :channel, 'planned', :sender, :recipient, :subject, :message_id,
        :content, :text, :planned_at, :variant)
ON CONFLICT DO NOTHING;

-- name: key_recipient(id, key)!
-- Where lower(recipient) is not the compared form of it.
UPDATE send SET recipient_key = :key WHERE id = :id AND lower(recipient) <> :key;

-- name: rewrite_send(id, sender, recipient, subject, message_id, content, text, person_id, variant)!
-- Only what no provider can have; its slot was another mailbox's when the sender is another one now.
UPDATE send SET slot_at = CASE WHEN lower(sender) = lower(:sender) THEN slot_at END,
                sender = :sender, recipient = :recipient, recipient_key = NULL, subject = :subject, message_id = :message_id,
                content = :content, text = :text, person_id = :person_id, tells_opt_out = false,
                variant = :variant
WHERE id = :id AND state = 'planned' AND handed_at IS NULL;

-- name: add_send_link(id, send_id, position, target)!
INSERT INTO send_link (id, send_id, position, target) VALUES (:id, :send_id, :position, :target)
ON CONFLICT DO NOTHING;

-- name: put_send_link(id, send_id, position, target)!
INSERT INTO send_link (id, send_id, position, target) VALUES (:id, :send_id, :position, :target)
ON CONFLICT (id) DO UPDATE SET target = excluded.target;

-- name: forget_links_of_send(id)!
-- Of a message that is written anew. One that somebody followed all the same (a filter that looked into a mail which
-- its server then refused) stays.
DELETE FROM send_link l USING send s
WHERE s.id = :id AND l.send_id = s.id AND s.state = 'planned' AND s.handed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM hit h WHERE h.link_id = l.id);

-- name: send_row(id)^
SELECT * FROM send WHERE id = :id;

-- name: sends_of(enrollment_id)
SELECT * FROM send WHERE enrollment_id = :enrollment_id ORDER BY planned_at, id;

-- name: claim_send(id, claimer, now, span_start, cap, day, owner)^
-- null: span_start, cap, day, owner
-- The function is in 0170_hold_on_everything.sql: it takes its turn and claims in one message to Postgres.
SELECT * FROM claim_send(:id, :claimer, :now, :span_start, :cap, :day, :owner);

-- name: claim_new_send(run, version, revision, mark, send, content, text, links, claimer, now, slot, span_start, cap, day, owner, erased)$
-- null: slot, span_start, cap, day, owner
-- The same for a message that is stored by it. The function is in 0183_claimed_as_stored.sql. Who may have been erased,
-- and come again, is looked at by the longer way.
SELECT claim_new_send(:run, :version, :revision, :mark, :send::jsonb, :content, :text, :links::jsonb, :claimer, :now,
                      :slot, :span_start, :cap, :day, :owner)
WHERE NOT EXISTS (SELECT FROM erased_address WHERE hash = ANY(:erased::bytea[]));

-- name: why_not_claimed(id, now, span_start, cap, day, owner)^
-- null: span_start, cap, day, owner
-- What the claim asks, asked alone: the first of what forbids the send, or none. A closed day is graver than a slot: none
-- is taken for what cannot go. "blocked_since": the oldest reaction that nobody has handled, of the run or of the person.
SELECT s.state, s.code, s.reason, o.detail, o.until,
       CASE WHEN o.obstacle = 'held' THEN (
           SELECT min(r.received_at) FROM reaction r WHERE r.handled_at IS NULL AND (
               (r.enrollment_id = s.enrollment_id AND r.holds) OR (r.kind = 'replied' AND (
                   r.person_id = s.person_id OR r.address = coalesce(s.recipient_key, lower(s.recipient))))))
       END AS blocked_since,
       CASE WHEN is_closed(:day::date, :owner::text) AND coalesce(o.place, 9) >= 6 THEN 'closed' ELSE o.obstacle END AS obstacle
FROM send s LEFT JOIN LATERAL (
    SELECT * FROM send_obstacles(
        s.id, s.enrollment_id, s.step, s.channel, s.person_id, coalesce(s.recipient_key, lower(s.recipient)), s.sender,
        s.slot_at, :now, :span_start, :cap) ORDER BY place LIMIT 1) o ON true
WHERE s.id = :id;

-- name: settle_send(id, claimer, state, at, provider_message_id, code, reason)$
-- What was not sent; "settle_sent" is for what was. Only the claimer settles; an "unknown" made of its claim by somebody
-- else may still become known.
UPDATE send SET state = :state, decided_at = :at, provider_message_id = coalesce(:provider_message_id, provider_message_id),
                code = :code, reason = :reason,
                handed_at = CASE WHEN :state = 'unknown' THEN coalesce(handed_at, claimed_at) ELSE handed_at END
WHERE id = :id AND claimed_by = :claimer AND state IN ('claimed', 'unknown') RETURNING id;

-- name: settle_sent(id, claimer, at, provider_message_id, code, reason, event_id, kind, origin, lineage)$
-- It went out, and was a contact: "settle_send" and the event of the person in one message to Postgres.
WITH settled AS (
    UPDATE send SET state = 'sent', decided_at = :at, provider_message_id = coalesce(:provider_message_id, provider_message_id),
                    code = :code, reason = :reason, handed_at = coalesce(handed_at, claimed_at)
    WHERE id = :id AND claimed_by = :claimer AND state IN ('claimed', 'unknown') RETURNING id, person_id
)
SELECT s.id FROM settled s, add_person_event(
    :event_id, s.person_id, :kind, :at, :origin, :lineage, s.id, NULL, :at);

-- name: settle_sent_step(run, version, revision, mark, step, steps, send, claimer, at, provider_message_id, code, reason, event_id, kind, origin, lineage)$
-- null: provider_message_id, code, reason
-- As "settle_sent", with the step and its plan, if the run is still as it was when that plan was made.
-- The function is in 0106_whole_run.sql.
SELECT settle_sent_step(:run, :version, :revision, :mark, :step, :steps::jsonb, :send, :claimer, :at,
                        :provider_message_id, :code, :reason, :event_id, :kind, :origin, :lineage);

-- name: release_send(id, claimer, code, reason, handed)!
-- A failure before the final dot is known: the claim is given back, the next attempt claims anew. "handed": the provider
-- saw the whole message before it said "later", so its words stay.
UPDATE send SET state = 'planned', claimed_by = NULL, code = :code, reason = :reason,
                handed_at = CASE WHEN :handed::boolean THEN coalesce(handed_at, claimed_at) ELSE handed_at END
WHERE id = :id AND claimed_by = :claimer AND state = 'claimed';

-- name: note_waits(id, now, code, reason)^
-- It is due, and there is no server to hand it to.
UPDATE send SET waits_since = coalesce(waits_since, :now), code = :code, reason = :reason
WHERE id = :id AND state = 'planned' RETURNING sender, channel;

-- name: waits_no_more(id)!
UPDATE send SET waits_since = NULL WHERE id = :id AND waits_since IS NOT NULL;

-- name: orphan_to_unknown(id, at)$
-- A claim whose claimer died: whether it had sent nobody can tell. Whoever is cancelled, stopped or out of time says
-- itself what became of its claim.
UPDATE send SET state = 'unknown', decided_at = :at, reason = 'the worker died while sending',
                handed_at = coalesce(handed_at, claimed_at)
WHERE id = :id AND state = 'claimed' RETURNING id;

-- name: unknown_to_planned(id)!
UPDATE send SET state = 'planned', claimed_by = NULL, resolution = NULL, resolved_at = NULL
WHERE id = :id AND state = 'unknown';

-- name: refuse_send(id, at, reason)!
UPDATE send SET state = 'refused', decided_at = :at, reason = :reason WHERE id = :id AND state = 'planned';

-- name: send_follows_up(id, follow_up_id)!
UPDATE send SET follow_up_id = :follow_up_id WHERE id = :id AND follow_up_id IS NULL;

-- name: refuse_send_of(follow_up_id, at, reason)!
UPDATE send SET state = 'refused', decided_at = :at, reason = :reason
WHERE follow_up_id = :follow_up_id AND state = 'planned';

-- name: send_proved(id, at, reason, provider_message_id)!
-- null: provider_message_id
-- What came back (a reply, a bounce, a click, a status), or was found where it was filed, proves that an unknown send
-- had gone out.
UPDATE send SET state = 'sent', decided_at = :at, reason = :reason, resolution = 'proved', resolved_at = :at,
                provider_message_id = coalesce(provider_message_id, :provider_message_id)
WHERE id = :id AND state = 'unknown';

-- name: provider_id_if_missing(id, provider_message_id)!
UPDATE send SET provider_message_id = :provider_message_id WHERE id = :id AND provider_message_id IS NULL;

-- name: send_by_message_id(message_id)^
-- With its angle brackets; providers say the id that they gave a mail without them.
SELECT * FROM send WHERE message_id = :message_id OR provider_message_id = btrim(:message_id, '<>') LIMIT 1;

-- name: sole_open_run_of_sender(address)
SELECT DISTINCT ON (e.id) s.* FROM send s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = :address AND s.state IN ('sent', 'claimed', 'unknown')
  AND run_is_open(e.state)
ORDER BY e.id, s.claimed_at DESC LIMIT 2;

-- name: open_runs_written_to(address)
-- The newest mail of each open run to that address.
SELECT DISTINCT ON (e.id) s.*, e.owner_id FROM send s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = :address AND s.state IN ('sent', 'claimed', 'unknown')
  AND run_is_open(e.state)
ORDER BY e.id, s.claimed_at DESC LIMIT 100;

-- name: send_undelivered(id, at, reason)$
UPDATE send SET undelivered_at = :at, undelivered_reason = :reason WHERE id = :id AND undelivered_at IS NULL RETURNING id;
