-- Many runs planned again at once, because fields changed that their plans read.

-- name: lock_runs_to_replan(ids)
-- A run that something of its own is about at this moment is left to itself.
SELECT * FROM enrollment WHERE id = ANY(:ids::text[]) AND run_is_open(state) AND state <> 'starting'
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;

-- name: field_changes_of_runs(ids)
SELECT id, enrollment_id, detail FROM reaction
WHERE id = ANY(:ids::text[]) AND kind = 'field_changed' AND handled_at IS NULL ORDER BY received_at, id;

-- name: steps_of_runs(ids)
SELECT * FROM enrollment_step WHERE enrollment_id = ANY(:ids::text[]) ORDER BY enrollment_id, position;

-- name: pauses_of_runs(ids)
SELECT * FROM enrollment_pause WHERE enrollment_id = ANY(:ids::text[]) ORDER BY enrollment_id, started_at;

-- name: raise_plan_revisions(ids, earlier)!
-- Who is due earlier than its workflow knows must be signalled; and who had to be before, whatever is planned now.
UPDATE enrollment e
SET plan_revision = e.plan_revision + 1,
    plan_signalled = CASE WHEN p.earlier OR e.plan_signalled <> e.plan_revision THEN e.plan_signalled
                          ELSE e.plan_revision + 1 END
FROM unnest(:ids::text[], :earlier::boolean[]) AS p(id, earlier) WHERE e.id = p.id;

-- name: replans_handled(ids, reasons, at)!
-- In the order in which everybody locks several of them.
WITH mine AS (
    SELECT r.id, p.reason FROM reaction r JOIN unnest(:ids::text[], :reasons::text[]) AS p(id, reason) ON p.id = r.id
    ORDER BY r.received_at, r.id FOR NO KEY UPDATE OF r)
UPDATE reaction r SET delivered_at = coalesce(r.delivered_at, :at), handled_at = :at, decision = 'continue',
                      decision_reason = mine.reason
FROM mine WHERE r.id = mine.id AND r.handled_at IS NULL;
