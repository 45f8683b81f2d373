-- Background work as rows: who carries one out holds it as long as they say so.

-- name: add_job(id, kind, subject, request, user_id, at)$
-- null: user_id
-- Once for each id.
INSERT INTO job (id, kind, subject, request, user_id, state, created_at, not_before)
VALUES (:id, :kind, :subject, :request, :user_id, 'waiting', :at, :at)
ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: claim_job(runner, now, silent_since, kinds)^
-- The oldest that waits, or whose runner has been silent for long. Two runners never get the same.
UPDATE job SET state = 'running', runner = :runner, beat_at = :now, tries = tries + 1,
    started_at = coalesce(started_at, :now)
WHERE id = (
    SELECT id FROM job
    WHERE state IN ('waiting', 'running') AND kind = ANY(:kinds::text[])
      AND ((state = 'waiting' AND not_before <= :now) OR (state = 'running' AND beat_at < :silent_since))
    ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: next_job_at(silent, kinds)$
-- When the next job may be claimed, if nothing is asked for until then: one that waits for another try, or one whose
-- runner falls silent.
SELECT min(CASE state WHEN 'waiting' THEN not_before ELSE beat_at + :silent::interval END)
FROM job WHERE state IN ('waiting', 'running') AND kind = ANY(:kinds::text[]);

-- name: job_row(id)^
SELECT * FROM job WHERE id = :id;

-- name: beat_job(id, runner, done, total, now)$
-- null: total
-- Nothing: another runner has it.
UPDATE job SET beat_at = :now, done = :done, total = :total, tries = CASE WHEN :done > done THEN 0 ELSE tries END
WHERE id = :id AND runner = :runner AND state = 'running' RETURNING cancel_asked_at IS NOT NULL AS cancel_asked;

-- name: end_job(id, runner, state, done, total, result, notes, problem, now)$
-- null: total, result, problem
UPDATE job SET state = :state, done = :done, total = :total, result = :result, notes = :notes, problem = :problem,
    ended_at = :now, runner = NULL, beat_at = NULL
WHERE id = :id AND runner = :runner AND state = 'running' RETURNING id;

-- name: release_job(id, runner, done, total, not_before, unused)!
-- null: total
-- It waits again; "unused": this try does not count.
UPDATE job SET state = 'waiting', done = :done, total = :total, not_before = :not_before, runner = NULL, beat_at = NULL,
    tries = CASE WHEN :unused THEN greatest(tries - 1, 0) ELSE tries END
WHERE id = :id AND runner = :runner AND state = 'running';

-- name: ask_to_cancel_job(id, by, now)$
-- null: by
-- One that runs is ended by its runner.
UPDATE job SET cancel_asked_at = coalesce(cancel_asked_at, :now), cancelled_by = coalesce(cancelled_by, :by),
    state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END,
    ended_at = CASE WHEN state = 'waiting' THEN :now ELSE ended_at END
WHERE id = :id AND state IN ('waiting', 'running') RETURNING id;
