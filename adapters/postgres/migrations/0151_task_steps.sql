-- Steps that people do: a task belongs to a step, a run may wait for it, and it can be closed undone.
-- depends: 0004_follow_ups 0015_reviews 0150_variants

-- migrate: apply
-- When the run goes on although the task of this step is not done; none: it waits for no task.
ALTER TABLE enrollment_step ADD COLUMN goes_on_at timestamptz;
ALTER TABLE task DROP CONSTRAINT task_state_check,
    -- closed: it is not wanted any more, as "reason" says
    ADD CONSTRAINT task_state_check CHECK (state IN ('open', 'done', 'closed')),
    -- of the run, whose task it is; none: a follow-up made it
    ADD COLUMN step text,
    ADD COLUMN kind text NOT NULL DEFAULT 'other',
    -- the run waits for it
    ADD COLUMN waited_for boolean NOT NULL DEFAULT false,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN decided_by text,
    ADD COLUMN reason text;
CREATE INDEX task_of_step ON task (enrollment_id) WHERE step IS NOT NULL;
-- for the beginning of an id; another collation could not be searched by range
CREATE INDEX task_beginning ON task (id COLLATE "C");

-- migrate: rollback
DROP INDEX task_of_step, task_beginning;
UPDATE task SET state = 'done' WHERE state = 'closed';
ALTER TABLE task DROP CONSTRAINT task_state_check, ADD CONSTRAINT task_state_check CHECK (state IN ('open', 'done')),
    DROP COLUMN step, DROP COLUMN kind, DROP COLUMN waited_for, DROP COLUMN decided_at, DROP COLUMN decided_by,
    DROP COLUMN reason;
ALTER TABLE enrollment_step DROP COLUMN goes_on_at;
