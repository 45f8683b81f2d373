-- name: hand_out_task(id, title, description, kind, due_at, owner_id, person_id, enrollment_id, step, waited_for, at)$
-- The task of a step; a step has one.
INSERT INTO task (id, title, description, kind, due_at, owner_id, person_id, enrollment_id, step, waited_for, created_at)
VALUES (:id, :title, :description, :kind, :due_at, :owner_id, :person_id, :enrollment_id, :step, :waited_for, :at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: wait_for_task(enrollment_id, step, until)!
UPDATE enrollment_step SET goes_on_at = :until
WHERE enrollment_id = :enrollment_id AND step = :step AND state = 'planned';

-- name: task_step_done(enrollment_id, step, at, reason)$
-- The run's own task is done, and it waited for it.
UPDATE enrollment_step SET state = 'done', decided_at = :at, reason = :reason
WHERE enrollment_id = :enrollment_id AND step = :step AND state = 'planned' AND goes_on_at IS NOT NULL RETURNING step;

-- name: close_tasks_of_steps(enrollment_id, steps, reason, at)!
-- Of steps that are not waited for any longer.
WITH waited AS (
    UPDATE enrollment_step SET goes_on_at = NULL
    WHERE enrollment_id = :enrollment_id AND step = ANY(:steps::text[]) AND goes_on_at IS NOT NULL
)
UPDATE task SET state = 'closed', reason = :reason, decided_at = :at
WHERE enrollment_id = :enrollment_id AND step = ANY(:steps::text[]) AND state = 'open';

-- name: lock_task(id)^
SELECT * FROM task WHERE id = :id FOR NO KEY UPDATE;

-- name: task_done(id, at, by)!
UPDATE task SET state = 'done', decided_at = :at, decided_by = :by WHERE id = :id AND state = 'open';

-- name: snooze_task(id, due_at)!
UPDATE task SET due_at = :due_at WHERE id = :id AND state = 'open';

-- name: assign_task(id, owner_id)!
UPDATE task SET owner_id = :owner_id WHERE id = :id AND state = 'open';

-- name: is_owner(id)$
SELECT EXISTS (SELECT 1 FROM owner WHERE id = :id);
