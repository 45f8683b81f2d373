-- name: enter_with_plan(id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage, enrolled_at, steps, events, settles)$
-- null: owner_id
-- not null: enter_with_plan
-- A run with its plan and the first lines of its story. The function is in 0181_entry_in_fewer.sql.
SELECT enter_with_plan(:id, :workflow_id, :sequence, :version, :record_type, :record_id, :person_id, :owner_id, :via,
                       :lineage, :enrolled_at, :steps::jsonb, :events::jsonb, :settles);

-- name: asked_entry(sequence, person, record_id, of_person, of_record)^
-- null: person, record_id, of_person, of_record, newest, placement_person, known, workflow_id, version, state
-- not null: running, archived
-- What is asked about an entry by hand before anything else: the newest version of the sequence, whose placement it is,
-- whether the record has a run that has begun, and whether the same request was accepted before ("of_person" and
-- "of_record": the ids that it would have got). No array: how many it has Postgres would want to know each time.
SELECT (SELECT max(v.version) FROM sequence_version v WHERE v.sequence = :sequence) AS newest,
       (SELECT pl.person_id FROM placement pl WHERE pl.id = :record_id) AS placement_person,
       EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = :sequence AND e.record_id IN (:person, :record_id)
               AND run_is_open(e.state) AND e.state <> 'starting') AS running,
       EXISTS (SELECT 1 FROM archived_sequence a WHERE a.sequence = :sequence) AS archived,
       k.id AS known, k.workflow_id, k.version, k.state
FROM (SELECT 1) one LEFT JOIN enrollment k ON k.id IN (:of_person, :of_record);

-- name: enrollment_row(id)^
SELECT * FROM enrollment WHERE id = :id;

-- name: lock_enrollment_row(id)^
-- row: EnrollmentRow
-- Its plan is written by one at a time: by its own activities, or from outside.
SELECT * FROM enrollment WHERE id = :id FOR NO KEY UPDATE;

-- name: lock_whole_run(id)$
-- The same with the rows of its plan and its sends, as JSON. The function is in 0183_claimed_as_stored.sql.
SELECT lock_whole_run(:id);

-- name: run_and_record(id)^
-- not null: closed, mailboxes
-- null: placement, owner, client
-- The same without a lock, with the record that it is about, all of one moment.
SELECT p.*, whole_run(e) AS whole, to_jsonb(pl) AS placement, to_jsonb(o) AS owner, to_jsonb(c) AS client,
       ARRAY(SELECT d.day FROM closed_day d WHERE d.owner_id IS NULL OR d.owner_id = b.owner_id ORDER BY d.day) AS closed,
       (SELECT r.number FROM mailbox_revision r) AS mailboxes
FROM enrollment e
LEFT JOIN placement pl ON e.record_type = 'placement' AND pl.id = e.record_id
JOIN person p ON p.id = CASE WHEN e.record_type = 'placement' THEN e.person_id ELSE e.record_id END
CROSS JOIN LATERAL (SELECT coalesce(nullif(pl.owner_id, ''), p.owner_id) AS owner_id,
                           coalesce(nullif(pl.client_id, ''), p.client_id) AS client_id OFFSET 0) b
LEFT JOIN owner o ON o.id = b.owner_id LEFT JOIN client c ON c.id = b.client_id
WHERE e.id = :id;

-- name: entered_by_hand(sequence, record_id, person_id)^
-- Whether the record has an open run, and when it last was in the sequence for this person. Unlike by rule, a window that
-- somebody lifted does not make it forgotten.
SELECT EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = :sequence AND e.record_id = :record_id
               AND run_is_open(e.state)) AS running,
       (SELECT max(enrolled_at) FROM enrollment
        WHERE sequence = :sequence AND record_id = :record_id AND person_id = :person_id) AS entered_at;

-- name: newest_run(sequence, record_id)$
SELECT id FROM enrollment WHERE sequence = :sequence AND record_id = :record_id ORDER BY enrolled_at DESC, id LIMIT 1;

-- name: begin_enrollments(ids, at)
-- Those that were still starting. In the order of their ids, as who else locks several of them.
WITH begun AS (SELECT id FROM enrollment WHERE id = ANY(:ids::text[]) AND state = 'starting' ORDER BY id FOR NO KEY UPDATE)
UPDATE enrollment e SET state = 'active', started_at = :at FROM begun WHERE e.id = begun.id RETURNING e.id;

-- name: begun_among(ids)
-- Those that do not wait for their start any more.
SELECT id FROM enrollment WHERE id = ANY(:ids::text[]) AND state <> 'starting';

-- name: set_run_state(id, state, reason)!
-- A closed run never opens again.
UPDATE enrollment SET state = :state, reason = :reason WHERE id = :id AND run_is_open(state);

-- name: end_run(id, state, reason, at)$
-- Closes a run for good, with the steps that were still planned and the line in its story.
WITH closed AS (
    UPDATE enrollment SET state = :state, reason = :reason, ended_at = :at
    WHERE id = :id AND run_is_open(state) RETURNING id
), cancelled AS (
    UPDATE enrollment_step s SET state = 'cancelled', reason = :reason, decided_at = :at
    FROM closed c WHERE s.enrollment_id = c.id AND s.state = 'planned'
), unwanted AS (
    -- Of a run that is stopped: what somebody was asked to do for it.
    UPDATE task t SET state = 'closed', reason = :reason, decided_at = :at
    FROM closed c WHERE t.enrollment_id = c.id AND t.step IS NOT NULL AND t.state = 'open' AND :state::text = 'stopped'
), noted AS (
    INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
    SELECT c.id, :at::timestamptz, :state::text, jsonb_build_object('reason', :reason::text), 'closed' FROM closed c
    ON CONFLICT (enrollment_id, key) DO NOTHING
)
SELECT id FROM closed;

-- name: steps_of(enrollment_id)
SELECT * FROM enrollment_step WHERE enrollment_id = :enrollment_id ORDER BY position;

-- name: decide_step(enrollment_id, step, state, at, reason)!
UPDATE enrollment_step SET state = :state, decided_at = :at, reason = :reason
WHERE enrollment_id = :enrollment_id AND step = :step AND state IN ('planned', 'unknown');

-- name: add_run_event(enrollment_id, at, kind, detail, key)$
INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
VALUES (:enrollment_id, :at, :kind, :detail, :key) ON CONFLICT (enrollment_id, key) DO NOTHING RETURNING id;

-- name: add_run_events(events, at)!
INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
SELECT e.enrollment_id, :at, e.kind, e.detail, e.key
FROM jsonb_to_recordset(:events::jsonb) AS e(enrollment_id text, kind text, detail jsonb, key text)
ON CONFLICT (enrollment_id, key) DO NOTHING;

-- name: run_events(enrollment_id)
SELECT * FROM enrollment_event WHERE enrollment_id = :enrollment_id ORDER BY id;

-- name: pauses_of(enrollment_id)
SELECT * FROM enrollment_pause WHERE enrollment_id = :enrollment_id ORDER BY started_at;

-- name: open_pause(enrollment_id, started_at, reason)!
INSERT INTO enrollment_pause (enrollment_id, started_at, reason)
SELECT :enrollment_id, :started_at, :reason
WHERE NOT EXISTS (SELECT 1 FROM enrollment_pause WHERE enrollment_id = :enrollment_id AND ended_at IS NULL)
ON CONFLICT DO NOTHING;

-- name: end_pause(enrollment_id, ended_at, mode)!
UPDATE enrollment_pause SET ended_at = :ended_at, mode = :mode WHERE enrollment_id = :enrollment_id AND ended_at IS NULL;

-- name: postpone_step(enrollment_id, step, due_at, reason)!
UPDATE enrollment_step SET due_at = :due_at, reason = :reason
WHERE enrollment_id = :enrollment_id AND step = :step AND state = 'planned';

-- name: runs_to_start(ids)
-- null: step, due_at, decided_at
-- not null: planned, moved_by
-- They wait for their start: with what comes first by their stored plans. One without any step was not planned when it
-- was accepted: its workflow plans it.
SELECT e.id, e.workflow_id, e.sequence, e.version, e.record_id, e.person_id, coalesce(e.owner_id, '') AS owner_id,
       e.plan_revision AS revision, EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id) AS planned,
       n.step, n.due_at, coalesce(n.moved_by, '{}') AS moved_by,
       (SELECT max(s.decided_at) FROM enrollment_step s WHERE s.enrollment_id = e.id) AS decided_at
FROM enrollment e LEFT JOIN LATERAL (
    SELECT s.step, s.due_at, s.moved_by FROM enrollment_step s
    WHERE s.enrollment_id = e.id AND s.state = 'planned' ORDER BY s.due_at IS NULL, s.position LIMIT 1
) n ON true
WHERE e.id = ANY(:ids::text[]) AND e.state = 'starting';

-- name: write_steps(steps)$
-- As ``decide_step``, of many runs, and for plans: "state" is planned, or skipped by this very plan. What was decided
-- before is not touched. The function is in 0106_whole_run.sql.
SELECT write_steps(:steps::jsonb);
