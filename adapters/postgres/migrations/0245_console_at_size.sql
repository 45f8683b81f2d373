-- The console at a million people: planned steps are read from two small indexes, and lists have the order that they show.
-- depends: 0137_closed_days 0220_jobs

-- migrate: apply
-- What a calendar asks of a planned step and of its run, so that neither row is read. enrollment_open takes the place of
-- enrollment_begun, which had the ids of fewer runs and nothing else.
CREATE INDEX enrollment_step_planned ON enrollment_step (due_at) INCLUDE (enrollment_id, step) WHERE state = 'planned';
DROP INDEX enrollment_step_due;
CREATE INDEX enrollment_open ON enrollment (id) INCLUDE (sequence, owner_id, state) WHERE state NOT IN ('stopped', 'finished');
DROP INDEX enrollment_begun;
DROP INDEX enrollment_open_owner;
CREATE INDEX enrollment_open_owner ON enrollment (owner_id, id) INCLUDE (sequence, state) WHERE state NOT IN ('stopped', 'finished');
DROP INDEX enrollment_open_sequence;
CREATE INDEX enrollment_open_sequence ON enrollment (sequence, id) INCLUDE (version, owner_id, state)
    WHERE state NOT IN ('stopped', 'finished');

-- Planned steps of open runs between two instants; NULL is any sequence, and any owner. They are found by the clock, or by
-- their runs where those are fewer: who asks knows. Postgres plans for what is asked, and drops the other half.
CREATE FUNCTION steps_between(
    asked_start timestamptz, asked_stop timestamptz, of_sequence text, of_owners text[], by_runs boolean)
RETURNS TABLE (due_at timestamptz, step text, enrollment_id text, sequence text, owner_id text, state text)
LANGUAGE sql STABLE AS $$
    SELECT s.due_at, s.step, e.id, e.sequence, e.owner_id, e.state
    FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
    WHERE NOT by_runs AND s.state = 'planned' AND s.due_at >= asked_start AND s.due_at < asked_stop
      AND e.state NOT IN ('stopped', 'finished') AND (of_sequence IS NULL OR e.sequence = of_sequence)
      AND (of_owners IS NULL OR e.owner_id IS NULL OR e.owner_id = ANY(of_owners))
    UNION ALL
    -- OFFSET: asked of each run, or all steps between the two would be read for it.
    SELECT s.due_at, s.step, e.id, e.sequence, e.owner_id, e.state
    FROM enrollment e CROSS JOIN LATERAL (
        SELECT each.due_at, each.step FROM enrollment_step each
        WHERE each.enrollment_id = e.id AND each.state = 'planned' AND each.due_at >= asked_start
          AND each.due_at < asked_stop OFFSET 0) s
    WHERE by_runs AND e.state NOT IN ('stopped', 'finished') AND (of_sequence IS NULL OR e.sequence = of_sequence)
      AND (of_owners IS NULL OR e.owner_id = ANY(of_owners))
    UNION ALL
    -- Apart: an OR would read all open runs.
    SELECT s.due_at, s.step, e.id, e.sequence, e.owner_id, e.state
    FROM enrollment e CROSS JOIN LATERAL (
        SELECT each.due_at, each.step FROM enrollment_step each
        WHERE each.enrollment_id = e.id AND each.state = 'planned' AND each.due_at >= asked_start
          AND each.due_at < asked_stop OFFSET 0) s
    WHERE by_runs AND e.state NOT IN ('stopped', 'finished') AND (of_sequence IS NULL OR e.sequence = of_sequence)
      AND of_owners IS NOT NULL AND e.owner_id IS NULL
$$;

-- Replies that need review are counted for some owners by their runs.
DROP INDEX reaction_held;
CREATE INDEX reaction_held ON reaction (handled_at, id) INCLUDE (enrollment_id)
    WHERE kind = 'replied' AND handled_at IS NOT NULL AND reviewed_at IS NULL AND coalesce(held_for_review, true)
        AND NOT coalesce(opt_out, false);
-- The people behind a number, of some owners.
CREATE INDEX run_outcome_owner ON run_outcome (sequence, owner_id);
-- Statistics ask for each run of those who were in a sequence more than once: few.
CREATE INDEX run_outcome_often ON run_outcome (sequence) WHERE often;
-- Few of the runs of a sequence.
CREATE INDEX enrollment_paused ON enrollment (sequence, enrolled_at, id) WHERE state = 'paused';
-- People of some owners and of none: the others are in person_owner.
CREATE INDEX person_unowned ON person (id) WHERE owner_id IS NULL;
-- The order of the list of tasks, and what the numbers beside it count.
CREATE INDEX task_open_due ON task (coalesce(due_at, created_at), id) INCLUDE (due_at, created_at, owner_id) WHERE state = 'open';
CREATE INDEX task_due ON task (coalesce(due_at, created_at), id);

-- migrate: rollback
DROP INDEX task_due, task_open_due, person_unowned, enrollment_paused, run_outcome_owner, run_outcome_often, reaction_held;
CREATE INDEX reaction_held ON reaction (handled_at, id)
    WHERE kind = 'replied' AND handled_at IS NOT NULL AND reviewed_at IS NULL AND coalesce(held_for_review, true)
        AND NOT coalesce(opt_out, false);
DROP FUNCTION steps_between(timestamptz, timestamptz, text, text[], boolean);
CREATE INDEX enrollment_begun ON enrollment (id) WHERE state NOT IN ('starting', 'stopped', 'finished');
DROP INDEX enrollment_open, enrollment_open_owner, enrollment_open_sequence;
CREATE INDEX enrollment_open_owner ON enrollment (owner_id, id) WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX enrollment_open_sequence ON enrollment (sequence, id) INCLUDE (version) WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX enrollment_step_due ON enrollment_step (due_at) WHERE state = 'planned';
DROP INDEX enrollment_step_planned;
