-- name: open_runs_of(sequence, after, limit)
-- One page of the open runs of a sequence, by key; "moves" counts how often a run was moved before.
SELECT e.*, s.step AS next_step, s.due_at AS next_due_at,
       (SELECT count(*) FROM enrollment_event v WHERE v.enrollment_id = e.id AND v.kind = 'move') AS moves
FROM enrollment e
LEFT JOIN LATERAL (SELECT step, due_at FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
                   ORDER BY due_at IS NULL, position LIMIT 1) s ON true
WHERE e.sequence = :sequence AND run_is_open(e.state) AND e.id > :after
ORDER BY e.id LIMIT :limit;

-- name: open_runs_to_move(sequence, version, limit)
-- row: OpenRunsOfRow
-- The first of those that are on another version.
SELECT e.*, s.step AS next_step, s.due_at AS next_due_at,
       (SELECT count(*) FROM enrollment_event v WHERE v.enrollment_id = e.id AND v.kind = 'move') AS moves
FROM enrollment e
LEFT JOIN LATERAL (SELECT step, due_at FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
                   ORDER BY due_at IS NULL, position LIMIT 1) s ON true
WHERE e.sequence = :sequence AND run_is_open(e.state) AND e.version <> :version
ORDER BY e.id LIMIT :limit;

-- name: set_run_version(id, version)!
-- What was written under the version before keeps its number.
WITH stamped AS (
    UPDATE send s SET of_version = e.version FROM enrollment e
    WHERE e.id = :id AND run_is_open(e.state) AND s.enrollment_id = e.id AND s.of_version IS NULL
      AND (s.state <> 'planned' OR s.handed_at IS NOT NULL)
)
UPDATE enrollment SET version = :version,
                      earlier_versions = CASE version WHEN :version THEN earlier_versions ELSE earlier_versions || version END
WHERE id = :id AND run_is_open(state);

-- name: begun_sends(enrollment_id)
-- Messages that a worker has tried to hand over, whatever came of it.
SELECT step, state FROM send WHERE enrollment_id = :enrollment_id AND (state <> 'planned' OR attempts > 0);

-- name: drop_steps(enrollment_id, steps, reason, at)!
-- A step whose message may be out already is not called cancelled.
UPDATE enrollment_step t
SET state = coalesce((SELECT CASE s.state WHEN 'claimed' THEN 'unknown' ELSE s.state END FROM send s
                      WHERE s.enrollment_id = t.enrollment_id AND s.step = t.step AND s.state <> 'planned'), 'cancelled'),
    reason = :reason, decided_at = :at
WHERE t.enrollment_id = :enrollment_id AND t.step = ANY(:steps::text[]) AND t.state = 'planned';

-- name: pass_step(enrollment_id, step, position, reason, at)!
INSERT INTO enrollment_step (enrollment_id, step, position, state, reason, decided_at)
VALUES (:enrollment_id, :step, :position, 'skipped', :reason, :at)
ON CONFLICT (enrollment_id, step) DO UPDATE SET state = 'skipped', reason = excluded.reason, decided_at = excluded.decided_at
WHERE enrollment_step.state IN ('planned', 'cancelled');

-- name: bring_back_steps(enrollment_id, steps)!
-- What an earlier move had cancelled may come back with a later version.
UPDATE enrollment_step SET state = 'planned', reason = NULL, decided_at = NULL
WHERE enrollment_id = :enrollment_id AND step = ANY(:steps::text[]) AND state = 'cancelled';

-- name: judge_again(enrollment_id, steps, at)!
-- A new or altered step is judged as one that was just heard of: what has passed by now follows if_past.
UPDATE enrollment_step SET own_at = NULL, judged_at = :at
WHERE enrollment_id = :enrollment_id AND step = ANY(:steps::text[]) AND state = 'planned';

-- name: place_steps(enrollment_id, steps)!
UPDATE enrollment_step t SET position = o.position - 1
FROM unnest(:steps::text[]) WITH ORDINALITY AS o(step, position)
WHERE t.enrollment_id = :enrollment_id AND t.step = o.step;

-- name: forget_links_of_untried_sends(enrollment_id)!
DELETE FROM send_link l USING send s
WHERE s.id = l.send_id AND s.enrollment_id = :enrollment_id AND s.state = 'planned' AND s.attempts = 0;

-- name: forget_untried_sends(enrollment_id)!
-- Written by the old version and never tried: the new version writes it anew. What was tried keeps its bytes.
DELETE FROM send WHERE enrollment_id = :enrollment_id AND state = 'planned' AND attempts = 0;

-- name: refuse_dropped_sends(enrollment_id, steps, reason, at)!
UPDATE send SET state = 'refused', reason = :reason, decided_at = :at
WHERE enrollment_id = :enrollment_id AND step = ANY(:steps::text[]) AND state = 'planned';
