-- name: take_turn_of_holds()!
-- From here to the commit no send is claimed: the statement after it adds a hold.
SELECT take_turn_of_holds();

-- name: share_turn_with_holds()!
-- The statement after it claims, and sees every hold that was there before it.
SELECT share_turn_with_holds();

-- name: add_hold(id, scope, key, reason, since, rate, asked_by, until)!
-- null: until
-- One hold is on for a sequence, an owner or everything; a second order finds the first one. Of two ends the later one
-- counts, and none is later than any.
INSERT INTO hold (id, scope, key, reason, since, rate, asked_by, until)
VALUES (:id, :scope, :key, :reason, :since, :rate, :asked_by, :until)
ON CONFLICT (scope, key) WHERE ended_at IS NULL
DO UPDATE SET until = CASE WHEN excluded.until IS NOT NULL THEN greatest(hold.until, excluded.until) END
WHERE hold.until IS NOT NULL AND (excluded.until IS NULL OR excluded.until > hold.until);

-- name: standing_hold(scope, key)^
SELECT * FROM hold WHERE scope = :scope AND key = :key AND ended_at IS NULL;

-- name: holds_over(sequence, owner)
-- null: owner
-- row: HoldRow
-- What a run is under, the widest first.
SELECT * FROM holds_over(:sequence, :owner) ORDER BY scope <> 'everything', since, id;

-- name: holds_on()
-- row: HoldRow
-- All that are on, the widest first.
SELECT * FROM hold WHERE ended_at IS NULL ORDER BY scope <> 'everything', since, id;

-- name: everything_is_on_hold()$
SELECT everything_is_on_hold();

-- name: end_hold(scope, key, at, by, due)!
-- null: by, due
-- With "due" only if it was to end by then.
-- After a restore nothing is sent before rows and Temporal have been compared, whoever ordered an end before.
UPDATE hold SET ended_at = :at, ended_by = :by WHERE scope = :scope AND key = :key AND ended_at IS NULL
AND (:due::timestamptz IS NULL OR until <= :due)
AND (scope <> 'everything' OR NOT EXISTS (SELECT 1 FROM restoration WHERE settled_at IS NULL));

-- name: known_hold_key(scope, key)$
SELECT CASE :scope::text WHEN 'everything' THEN true
            WHEN 'sequence' THEN EXISTS (SELECT 1 FROM sequence_version WHERE sequence = :key::text)
            ELSE EXISTS (SELECT 1 FROM owner WHERE id = :key::text)
                 OR EXISTS (SELECT 1 FROM enrollment WHERE owner_id = :key::text) END;

-- name: runs_to_pause(scope, key, after, limit)
-- row: RunToCommandRow
-- Runs that could still send and that nothing pauses. One paused already stays as whoever paused it left it.
-- OFFSET: asked of each run, or the planned steps of all sequences would be read for it.
SELECT e.id, e.workflow_id FROM enrollment e
WHERE run_is_open(e.state) AND e.id > :after
  AND hold_covers(:scope::text, :key, e.sequence, e.owner_id)
  AND (e.state = 'starting'
       OR EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned' OFFSET 0))
  AND NOT EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = e.id AND p.ended_at IS NULL OFFSET 0)
ORDER BY e.id LIMIT :limit;

-- name: count_runs_to_pause(scope, key, after)$
SELECT count(*) FROM enrollment e
WHERE run_is_open(e.state) AND e.id > :after
  AND hold_covers(:scope::text, :key, e.sequence, e.owner_id)
  AND (e.state = 'starting'
       OR EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned' OFFSET 0))
  AND NOT EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = e.id AND p.ended_at IS NULL OFFSET 0);

-- name: remember_paused_runs(scope, key, prefix)!
-- A run belongs to the hold when its open pause began with the command of a hold: both bear the run's own instant.
-- Asked of the rows and not of the command's answer, so that a worker that dies between the two forgets nobody.
INSERT INTO hold_run (enrollment_id, paused_at, hold_id)
SELECT p.enrollment_id, p.started_at, h.id
FROM enrollment_pause p
JOIN enrollment_event v ON v.enrollment_id = p.enrollment_id AND v.at = p.started_at AND starts_with(v.key, :prefix)
JOIN enrollment e ON e.id = p.enrollment_id
  AND hold_covers(:scope::text, :key, e.sequence, e.owner_id)
JOIN (SELECT id FROM hold WHERE scope = :scope AND key = :key ORDER BY since DESC, id LIMIT 1) h ON true
WHERE p.ended_at IS NULL
ON CONFLICT (enrollment_id) DO UPDATE SET paused_at = excluded.paused_at, hold_id = excluded.hold_id
WHERE hold_run.paused_at <> excluded.paused_at;

-- name: hand_over_runs(scope, key)!
-- Another hold stands over these runs too: they stay paused and are resumed with that one.
UPDATE hold_run r SET hold_id = o.id
FROM hold h, enrollment e, hold o
WHERE h.id = r.hold_id AND h.scope = :scope AND h.key = :key AND e.id = r.enrollment_id AND o.ended_at IS NULL
  AND hold_covers(o.scope, o.key, e.sequence, e.owner_id)
  AND (o.scope <> :scope::text OR o.key <> :key::text);

-- name: runs_to_resume(scope, key, after, limit)
-- row: RunToCommandRow
SELECT e.id, e.workflow_id FROM hold_run r
JOIN hold h ON h.id = r.hold_id AND h.scope = :scope AND h.key = :key
JOIN enrollment e ON e.id = r.enrollment_id AND run_is_open(e.state)
JOIN enrollment_pause p ON p.enrollment_id = r.enrollment_id AND p.started_at = r.paused_at AND p.ended_at IS NULL
WHERE r.enrollment_id > :after ORDER BY r.enrollment_id LIMIT :limit;

-- name: count_runs_to_resume(scope, key, after)$
SELECT count(*) FROM hold_run r
JOIN hold h ON h.id = r.hold_id AND h.scope = :scope AND h.key = :key
JOIN enrollment e ON e.id = r.enrollment_id AND run_is_open(e.state)
JOIN enrollment_pause p ON p.enrollment_id = r.enrollment_id AND p.started_at = r.paused_at AND p.ended_at IS NULL
WHERE r.enrollment_id > :after;

-- name: forget_runs(scope, key)!
-- Whoever was resumed, or is over, needs nobody to resume it.
DELETE FROM hold_run r USING hold h
WHERE h.id = r.hold_id AND h.scope = :scope AND h.key = :key
  AND (EXISTS (SELECT 1 FROM enrollment e WHERE e.id = r.enrollment_id AND NOT run_is_open(e.state))
       OR EXISTS (SELECT 1 FROM enrollment_pause p WHERE p.enrollment_id = r.enrollment_id
                  AND p.started_at = r.paused_at AND p.ended_at IS NOT NULL));
