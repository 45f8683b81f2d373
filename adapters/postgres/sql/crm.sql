-- A CRM that is read and written.

-- name: connect_crm(name, types, at)!
-- Which events its mapping writes about. One that wrote about none until now begins with what happens from now on.
INSERT INTO crm_connection (name, connected_at, types, position) SELECT :name, :at, :types, h.position FROM stream_head h
ON CONFLICT (name) DO UPDATE SET connected_at = coalesce(crm_connection.connected_at, :at), types = :types,
    position = CASE WHEN crm_connection.types = '{}' THEN excluded.position ELSE crm_connection.position END
WHERE crm_connection.types IS DISTINCT FROM :types OR crm_connection.connected_at IS NULL;

-- name: know_crm(name)!
-- Who only asks it something leaves what is written to it as it is.
INSERT INTO crm_connection (name) VALUES (:name) ON CONFLICT DO NOTHING;

-- name: disconnect_crms(name)!
-- null: name
-- The stream is not read for those that the settings do not name any more.
UPDATE crm_connection SET types = '{}', connected_at = NULL
WHERE name IS DISTINCT FROM :name AND (types <> '{}' OR connected_at IS NOT NULL);

-- name: crm_connection_row(name)^
SELECT * FROM crm_connection WHERE name = :name;

-- name: take_crm_lease(name, runner, now, until)$
-- One process reads; it says so as long as it does.
UPDATE crm_connection SET runner = :runner, lease_until = :until, looked_at = :now
WHERE name = :name AND (lease_until IS NULL OR lease_until < :now OR runner = :runner) RETURNING name;

-- name: release_crm_lease(name, runner)!
UPDATE crm_connection SET runner = NULL, lease_until = NULL WHERE name = :name AND runner = :runner;

-- name: move_crm_cursor(name, runner, cursor, read, until)$
-- Nothing: another process reads by now.
UPDATE crm_connection SET cursor = :cursor, records_read = records_read + :read, lease_until = :until
WHERE name = :name AND runner = :runner RETURNING name;

-- name: crm_records_refused(name, refused, reason, at)!
UPDATE crm_connection SET records_refused = records_refused + :refused, refused_at = :at, refused_reason = :reason
WHERE name = :name;

-- name: crm_works(name, at)$
UPDATE crm_connection SET problem = NULL, not_before = NULL, failures = 0, read_at = :at
WHERE name = :name RETURNING name;

-- name: crm_fails(name, problem, not_before)!
UPDATE crm_connection SET problem = :problem, failures = failures + 1,
    not_before = greatest(coalesce(not_before, '-infinity'), :not_before)
WHERE name = :name;

-- name: crm_answers(name)!
-- A write that got through ends the wait.
UPDATE crm_connection SET problem = NULL, not_before = NULL, failures = 0
WHERE name = :name AND (problem IS NOT NULL OR not_before IS NOT NULL);

-- name: ask_crm_at_once(name)!
UPDATE crm_connection SET not_before = NULL WHERE name = :name;

-- name: lock_crm_session(name)^
-- Whoever needs a new session makes it alone; the others wait and use that one.
SELECT session, session_login FROM crm_connection WHERE name = :name FOR NO KEY UPDATE;

-- name: crm_session(name)^
SELECT session, session_login FROM crm_connection WHERE name = :name;

-- name: keep_crm_session(name, session, login)!
-- null: session
UPDATE crm_connection SET session = :session, session_login = :login WHERE name = :name;

-- name: crm_is_behind(name)$
-- not null: behind
-- one row
-- Whether something is in the stream behind its place, of whatever type: one look, and mostly the only one.
SELECT EXISTS (SELECT FROM crm_connection c WHERE c.name = :name AND c.types <> '{}'
               AND (c.position < (SELECT h.position FROM stream_head h)
                    OR EXISTS (SELECT FROM stream_event e WHERE e.position IS NULL))) AS behind;

-- name: lock_crm_place(name)$
-- Who plans keeps it locked; another process leaves it to that one.
SELECT position FROM crm_connection WHERE name = :name AND types <> '{}' FOR NO KEY UPDATE SKIP LOCKED;

-- name: move_crm_place(name, position)!
UPDATE crm_connection SET position = :position WHERE name = :name AND position < :position;

-- name: add_crm_write(id, crm, occasion, kind, entity, record, person_id, body, lineage, at, now)!
-- Of somebody who is being erased nothing is written but that they are.
INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, lineage, at, next_try_at)
SELECT :id, :crm, :occasion, :kind, :entity, :record, :person_id, :body, :lineage, :at, :now
WHERE :occasion = 'erased'
   OR NOT EXISTS (SELECT FROM erasure e WHERE e.person_id = :person_id OR :person_id = ANY(e.merged))
ON CONFLICT DO NOTHING;

-- name: claim_crm_writes(crm, now, again_at, limit)
-- What concerns one record goes in order: the next one waits for the one before. Until a try has ended, the CRM may have
-- it already.
WITH due AS (
    SELECT w.id, w.uncertain FROM crm_write w
    WHERE w.crm = :crm AND w.state = 'waiting' AND w.next_try_at <= :now
      AND NOT EXISTS (SELECT FROM crm_write before
                      WHERE before.crm = w.crm AND before.entity = w.entity
                        AND before.record = w.record AND before.number < w.number AND before.state = 'waiting')
    ORDER BY w.next_try_at, w.number LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE crm_write w SET tries = w.tries + 1, tried_since = coalesce(w.tried_since, :now), next_try_at = :again_at,
                       uncertain = true
FROM due WHERE w.id = due.id
RETURNING w.id, w.kind, w.entity, w.record, w.person_id, w.body, w.lineage, w.tries, w.tried_since,
          due.uncertain AS was_uncertain;

-- name: crm_written(id, at, made, written, result)!
-- null: made, written
UPDATE crm_write SET state = 'done', settled_at = :at, made = :made, written = :written, result = :result,
                     uncertain = false
WHERE id = :id AND state = 'waiting';

-- name: put_off_crm_write(id, next_try_at, uncertain, result, unused)!
-- An unused try says nothing of this write, so it does not count.
UPDATE crm_write SET next_try_at = :next_try_at, uncertain = :uncertain, result = :result,
                     tries = CASE WHEN :unused THEN greatest(tries - 1, 0) ELSE tries END,
                     tried_since = CASE WHEN :unused AND tries <= 1 THEN NULL ELSE tried_since END
WHERE id = :id AND state = 'waiting';

-- name: crm_write_died(id, at, result)!
UPDATE crm_write SET state = 'dead', settled_at = :at, result = :result WHERE id = :id AND state = 'waiting';

-- name: retry_crm_writes(crm, id, now)
-- null: id
-- One, or all that are dead.
UPDATE crm_write SET state = 'waiting', next_try_at = :now, tries = 0, tried_since = NULL, settled_at = NULL
WHERE crm = :crm AND state = 'dead' AND (:id::text IS NULL OR id = :id) RETURNING id;

-- name: crm_write_state(id)$
SELECT state FROM crm_write WHERE id = :id;

-- name: own_crm_writes(crm, entities, records)
-- What was, or will be, written to these records, the newest first.
SELECT w.id, w.entity, w.record, w.occasion, w.kind, w.lineage, w.state, w.body, w.written, w.settled_at, w.read_back_at
FROM crm_write w
JOIN unnest(:entities::text[], :records::text[]) AS asked(entity, record) USING (entity, record)
WHERE w.crm = :crm AND w.state IN ('waiting', 'done') ORDER BY w.number DESC;

-- name: crm_writes_read_back(ids, at)!
UPDATE crm_write SET read_back_at = :at WHERE id = ANY(:ids::text[]) AND read_back_at IS NULL;

-- name: crm_write_counts(crm)^
-- one row
-- What is in the stream and was not looked at yet is counted up to a thousand.
SELECT (SELECT count(*) FROM (
            SELECT FROM crm_connection c JOIN stream_event e ON e.position > c.position AND e.type = ANY(c.types)
            WHERE c.name = :crm
            UNION ALL
            SELECT FROM crm_connection c JOIN stream_event e ON e.position IS NULL AND e.type = ANY(c.types)
            WHERE c.name = :crm
            LIMIT 1000) x) AS unplanned,
       (SELECT count(*) FROM crm_write WHERE crm = :crm AND state = 'waiting') AS waiting,
       (SELECT min(at) FROM crm_write WHERE crm = :crm AND state = 'waiting') AS oldest_waiting,
       (SELECT count(*) FROM crm_write WHERE crm = :crm AND state = 'dead') AS dead,
       (SELECT max(settled_at) FROM crm_write WHERE crm = :crm AND state = 'done') AS written_at;

-- name: crm_run(id)^
-- What texts may say of a run.
SELECT e.id, e.sequence, v.definition ->> 'name' AS sequence_name, e.lineage, e.record_type, e.record_id, e.person_id,
       coalesce(e.owner_id, p.owner_id) AS owner_id, e.reason
FROM enrollment e LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
LEFT JOIN person p ON p.id = e.person_id WHERE e.id = :id;

-- name: crm_send(id)^
SELECT enrollment_id, step, channel, subject FROM send WHERE id = :id;

-- name: crm_reaction(id)^
-- The newest review has the last word. One that waits for a person's word says nothing yet.
SELECT r.enrollment_id, r.kind, r.channel, r.received_at, r.reviewed_at, r.held_for_review,
       coalesce(v.label, r.label) AS label, coalesce(v.not_theirs, false) AS not_theirs, i.reply_text, s.step
FROM reaction r
LEFT JOIN LATERAL (SELECT label, not_theirs FROM review WHERE reaction_id = r.id ORDER BY number DESC LIMIT 1) v ON true
LEFT JOIN inbound i ON i.id = r.inbound_id LEFT JOIN send s ON s.id = r.send_id
WHERE r.id = :id;

-- name: crm_task(id)^
SELECT enrollment_id, title, description, due_at, owner_id, step FROM task WHERE id = :id;

-- name: crm_lead(id)^
SELECT enrollment_id, source, owner_id FROM lead WHERE id = :id;

-- name: crm_changes(enrollment, at)
-- What a follow-up of a run changed: rows of the instant of the follow-up, with the chain of the run's sequences.
SELECT c.entity, c.entity_id, c.after FROM enrollment e
CROSS JOIN LATERAL (SELECT 'person', e.person_id UNION SELECT e.record_type, e.record_id) about(entity, id)
JOIN change c ON c.entity = about.entity AND c.entity_id = about.id
WHERE e.id = :enrollment AND c.at = :at AND c.origin = 'relance' AND c.lineage = e.lineage || e.sequence
ORDER BY c.id;

-- name: crm_suppressed(person, channel, since)$
-- not null: stands
-- one row
SELECT EXISTS (SELECT FROM suppression s WHERE s.person_id = :person AND s.channel = :channel AND s.since = :since
               AND s.lifted_at IS NULL) AS stands;

-- name: keep_crm_account(name, account, instead)$
-- The first one that is seen stays, unless another one is wanted instead.
UPDATE crm_connection SET account = CASE WHEN :instead THEN :account ELSE coalesce(account, :account) END
WHERE name = :name RETURNING account;

-- name: keep_crm_backfill(name, backfill, read, ended_at)!
-- null: backfill, ended_at
UPDATE crm_connection SET backfill = :backfill, records_read = records_read + :read,
    backfilled_at = coalesce(:ended_at, backfilled_at)
WHERE name = :name;
