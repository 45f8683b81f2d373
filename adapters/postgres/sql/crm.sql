-- A CRM that is read and written.

-- name: connect_crm(name, occasions)!
-- What its mapping writes; from now on it is remembered.
INSERT INTO crm_connection (name, occasions) VALUES (:name, :occasions)
ON CONFLICT (name) DO UPDATE SET occasions = :occasions
WHERE crm_connection.occasions IS DISTINCT FROM :occasions;

-- name: disconnect_crms(name)!
-- null: name
-- Nothing is remembered for those that the settings do not name any more.
UPDATE crm_connection SET occasions = '{}' WHERE name IS DISTINCT FROM :name AND occasions <> '{}';

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

-- name: crm_happenings(limit)
-- The oldest; whoever has them plans them.
SELECT * FROM crm_happening ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: forget_crm_happenings(ids)!
DELETE FROM crm_happening WHERE id = ANY(:ids::bigint[]);

-- name: add_crm_write(id, crm, occasion, kind, entity, record, person_id, body, lineage, at, now)!
INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, lineage, at, next_try_at)
VALUES (:id, :crm, :occasion, :kind, :entity, :record, :person_id, :body, :lineage, :at, :now)
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
SELECT w.id, w.entity, w.record, w.kind, w.lineage, w.state, w.body, w.written, w.settled_at, w.read_back_at
FROM crm_write w
JOIN unnest(:entities::text[], :records::text[]) AS asked(entity, record) USING (entity, record)
WHERE w.crm = :crm AND w.state IN ('waiting', 'done') ORDER BY w.number DESC;

-- name: crm_writes_read_back(ids, at)!
UPDATE crm_write SET read_back_at = :at WHERE id = ANY(:ids::text[]) AND read_back_at IS NULL;

-- name: crm_write_counts(crm)^
-- one row
SELECT (SELECT count(*) FROM crm_happening) AS unplanned,
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
SELECT r.enrollment_id, r.kind, r.channel, r.reviewed_at, r.held_for_review,
       coalesce(v.label, r.label) AS label, coalesce(v.not_theirs, false) AS not_theirs, i.reply_text, s.step
FROM reaction r
LEFT JOIN LATERAL (SELECT label, not_theirs FROM review WHERE reaction_id = r.id ORDER BY number DESC LIMIT 1) v ON true
LEFT JOIN inbound i ON i.id = r.inbound_id LEFT JOIN send s ON s.id = r.send_id
WHERE r.id = :id;

-- name: crm_task(id)^
SELECT enrollment_id, title, description, due_at, owner_id, step FROM task WHERE id = :id;

-- name: crm_lead(id)^
SELECT enrollment_id, source, owner_id FROM lead WHERE id = :id;

-- name: crm_change(id)^
SELECT entity, entity_id, after, lineage FROM change WHERE id = :id;

-- name: crm_suppression(id)^
SELECT person_id, channel, reason, source, lifted_at FROM suppression WHERE id = :id;

-- name: keep_crm_account(name, account, instead)$
-- The first one that is seen stays, unless another one is wanted instead.
UPDATE crm_connection SET account = CASE WHEN :instead THEN :account ELSE coalesce(account, :account) END
WHERE name = :name RETURNING account;

-- name: keep_crm_backfill(name, backfill, read, ended_at)!
-- null: backfill, ended_at
UPDATE crm_connection SET backfill = :backfill, records_read = records_read + :read,
    backfilled_at = coalesce(:ended_at, backfilled_at)
WHERE name = :name;
