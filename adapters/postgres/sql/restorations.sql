-- A database that was restored from a backup: what its rows may not know, until rows and Temporal have been compared.

-- name: unsettled_restoration()^
SELECT * FROM restoration WHERE settled_at IS NULL;

-- name: add_restoration(id, backup_at, lost_at, restored_at)!
-- A backup that was taken before the one before it was settled: both stretches of time are in doubt.
INSERT INTO restoration (id, backup_at, lost_at, restored_at) VALUES (:id, :backup_at, :lost_at, :restored_at)
ON CONFLICT ((settled_at IS NULL)) WHERE settled_at IS NULL DO UPDATE
SET backup_at = least(restoration.backup_at, excluded.backup_at), lost_at = greatest(restoration.lost_at, excluded.lost_at),
    restored_at = greatest(restoration.restored_at, excluded.restored_at);

-- name: settled_restoration_of(backup_at)$
SELECT id FROM restoration WHERE backup_at = :backup_at AND settled_at IS NOT NULL LIMIT 1;

-- name: settle_restoration(id, at)!
UPDATE restoration SET settled_at = :at WHERE id = :id AND settled_at IS NULL;

-- name: outrun_plans()!
-- The workflows may know of newer plans than these rows, and would ignore what older ones say.
UPDATE enrollment SET plan_revision = plan_revision + 10000, plan_signalled = plan_revision + 10000
WHERE run_is_open(state);

-- name: open_runs_after(after, limit)
-- row: EnrollmentRow
SELECT * FROM enrollment WHERE id > :after AND run_is_open(state) ORDER BY id LIMIT :limit;

-- name: count_open_runs()$
SELECT count(*) FROM enrollment WHERE run_is_open(state);

-- name: known_reactions(ids)
SELECT id FROM reaction WHERE id = ANY(:ids::text[]);

-- name: unhandled_answers(enrollment_id)
-- Words or a click of the person, which nobody has handled as far as these rows know.
SELECT id, kind FROM reaction WHERE enrollment_id = :enrollment_id AND holds AND handled_at IS NULL AND NOT late
ORDER BY received_at, id;

-- name: settle_lost_answers(enrollment_id, reason, at)!
UPDATE reaction SET delivered_at = coalesce(delivered_at, :at), handled_at = :at, decision = 'stop', decision_reason = :reason
WHERE enrollment_id = :enrollment_id AND holds AND handled_at IS NULL AND NOT late;

-- name: deliver_reactions_again()!
-- Handed to a workflow that Temporal may not know any more. One that knows it passes over what it has seen.
UPDATE reaction r SET delivered_at = NULL FROM enrollment e
WHERE r.delivered_at IS NOT NULL AND r.handled_at IS NULL AND NOT r.late AND e.id = r.enrollment_id AND run_is_open(e.state);

-- name: doubt_send(id, at, reason)$
-- It may have gone out after the backup. Its claim is nobody's any more, and its proofs are looked for.
UPDATE send SET state = 'unknown', claimed_at = coalesce(claimed_at, :at), claimed_by = coalesce(claimed_by, 'restore'),
                handed_at = coalesce(handed_at, :at), decided_at = :at, reason = :reason, attempts = greatest(attempts, 1),
                waits_since = NULL
WHERE id = :id AND state IN ('planned', 'claimed', 'unknown') RETURNING id;

-- name: messages_in_doubt(until)
-- Messages that are no steps, and were on their way when the backup was taken: follow-ups that send.
SELECT id, enrollment_id, cause, at FROM follow_up WHERE kind = 'send' AND state = 'pending' AND at <= :until ORDER BY at, id;

-- name: doubt_follow_up(id, result, at)!
UPDATE follow_up SET state = 'failed', result = :result, settled_at = :at WHERE id = :id AND state = 'pending';

-- name: send_of_follow_up(follow_up_id)$
SELECT id FROM send WHERE follow_up_id = :follow_up_id;

-- name: answers_in_doubt(until)
SELECT id, enrollment_id, reaction_id FROM answer WHERE state IN ('planned', 'claimed') AND asked_at <= :until ORDER BY asked_at, id;

-- name: doubt_answer(id, at, reason)!
UPDATE answer SET state = 'unknown', decided_at = :at, reason = :reason WHERE id = :id AND state IN ('planned', 'claimed');

-- name: keep_lost_run(id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, enrolled_at, at, reason)$
-- null: owner_id
-- A run that began after the backup, as far as Temporal knows: it is over, and keeps its place in the story. Only of a
-- version that these rows have.
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, state, reason,
                        enrolled_at, started_at, ended_at)
SELECT :id, :workflow_id, :sequence, :version, :record_type, :record_id, :person_id, :owner_id, 'rule', 'stopped', :reason,
       :enrolled_at, :enrolled_at, :at
FROM sequence_version WHERE sequence = :sequence AND version = :version
ON CONFLICT DO NOTHING RETURNING id;
