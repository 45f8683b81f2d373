-- What Temporal must be told of. Any number of dispatchers ask at once: who gets the advisory lock of a run (a window, a
-- delivery) keeps it until the end of its transaction, and one that dies gives it back with its connection. Nobody else
-- who writes these rows waits for it.
--
-- Each is asked twice in a transaction: without "among" for the oldest, and then among what was locked. Another one may
-- have told of them between our look at the rows and our lock; the second look is newer than the lock.

-- name: undelivered_reactions(now, limit)
-- not null: closed
-- Not yet handed to Temporal. A run that is still starting gets its reactions as soon as it is active. Locked by run:
-- reactions of one run keep their order, and behind one that failed its others wait. Read from their index, row by row,
-- until there are enough: no join is left to be made of the whole backlog, which would be sorted for each batch.
SELECT w.* FROM (
    SELECT r.id, r.enrollment_id AS key, r.kind, r.holds, e.workflow_id, NOT run_is_open(e.state) AS closed
    FROM reaction r CROSS JOIN LATERAL (
        SELECT workflow_id, state FROM enrollment WHERE id = r.enrollment_id AND state <> 'starting' OFFSET 0) e
    WHERE r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late
      AND NOT coalesce((SELECT d.until > :now FROM outbox_delay d WHERE d.lane = 'reactions' AND d.key = r.enrollment_id), false)
    ORDER BY r.received_at, r.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:reactions:' || w.key, 0)) LIMIT :limit;

-- name: still_undelivered(ids, now, limit)
-- not null: closed
-- row: UndeliveredReactionsRow
-- The second look of the query above, at the runs that were locked by it: all that waits for one of them goes together.
SELECT r.id, r.enrollment_id AS key, r.kind, r.holds, e.workflow_id, NOT run_is_open(e.state) AS closed
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
WHERE r.enrollment_id IN (SELECT f.enrollment_id FROM reaction f WHERE f.id = ANY(:ids::text[]))
  AND r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting'
  AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'reactions' AND d.key = r.enrollment_id AND d.until > :now)
ORDER BY r.received_at, r.id LIMIT :limit;

-- name: unheard_reactions(now, among, limit)
-- null: among
-- not null: closed
-- row: UndeliveredReactionsRow
-- Handed to a run that closed before it came to them.
SELECT w.* FROM (
    SELECT r.id, r.enrollment_id AS key, r.kind, r.holds, e.workflow_id, true AS closed
    FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
    WHERE r.delivered_at IS NOT NULL AND r.handled_at IS NULL AND NOT r.late AND NOT run_is_open(e.state)
      AND (:among::text[] IS NULL OR r.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'reactions' AND d.key = r.enrollment_id AND d.until > :now)
    ORDER BY r.received_at, r.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:reactions:' || w.key, 0)) LIMIT :limit;

-- name: reactions_delivered(ids, late, needless, at)!
-- Of those that are late a workflow has each; those that are needless end here. In the order in which everybody locks
-- several of them.
WITH told AS (
    SELECT r.id, t.late, t.needless
    FROM reaction r JOIN unnest(:ids::text[], :late::boolean[], :needless::boolean[]) AS t(id, late, needless) ON t.id = r.id
    ORDER BY r.received_at, r.id FOR NO KEY UPDATE OF r)
UPDATE reaction r SET
    delivered_at = coalesce(r.delivered_at, :at), late = told.late,
    handled_at = CASE WHEN told.needless THEN coalesce(r.handled_at, :at) ELSE r.handled_at END,
    decision = CASE WHEN told.needless AND r.handled_at IS NULL THEN 'none' ELSE r.decision END,
    decision_reason = CASE WHEN told.needless AND r.handled_at IS NULL THEN 'the run had already ended' ELSE r.decision_reason END
FROM told WHERE r.id = told.id;

-- name: take_back_start(id, until)$
-- Keeps a run from dispatchers until then, for whoever starts it now; nothing while one of them has it. A dispatcher that
-- looked at the same moment may have it all the same: the workflow's id decides.
INSERT INTO outbox_delay AS known (lane, key, until, tries)
SELECT 'starts', :id, :until::timestamptz, 0 WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:starts:' || :id::text, 0))
ON CONFLICT (lane, key) DO UPDATE SET until = excluded.until RETURNING key;

-- name: process_listens(listener)$
SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = :listener);

-- name: starting_enrollments(now, by_hand_before, left_before, by_rule_before, limit)
-- A run by rule is started with its window, as long as that one stands: it may yet be refused.
SELECT w.* FROM (
    SELECT e.id, e.id AS key FROM enrollment e
    WHERE e.state = 'starting' AND (e.enrolled_at <= :left_before OR (e.via = 'hand' AND e.enrolled_at <= :by_hand_before))
      AND (e.via <> 'rule' OR NOT EXISTS (SELECT 1 FROM reenrollment_window w
                                          WHERE w.enrollment_id = e.id AND relance_window_stands(w.state))
           -- Its window was started long ago and found the run before this one still open: that one's place was taken.
           OR (e.enrolled_at <= :by_rule_before AND EXISTS (
               SELECT 1 FROM reenrollment_window w WHERE w.enrollment_id = e.id AND w.state = 'open')))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'starts' AND d.key = e.id AND d.until > :now)
    ORDER BY e.enrolled_at, e.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:starts:' || w.key, 0)) LIMIT :limit;

-- name: opening_windows(now, among, limit)
-- null: among
SELECT w.* FROM (
    SELECT o.id, o.id AS key FROM reenrollment_window o
    WHERE o.state = 'opening' AND (:among::text[] IS NULL OR o.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'openings' AND d.key = o.id AND d.until > :now)
    ORDER BY o.opened_at, o.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:openings:' || w.key, 0)) LIMIT :limit;

-- name: unsignalled_windows(now, among, limit)
-- null: among
SELECT w.* FROM (
    SELECT o.id, o.id AS key FROM reenrollment_window o
    WHERE o.revision <> o.told_revision AND o.state <> 'opening' AND (:among::text[] IS NULL OR o.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'windows' AND d.key = o.id AND d.until > :now)
    ORDER BY o.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:windows:' || w.key, 0)) LIMIT :limit;

-- name: deliveries_to_hand(now, among, limit)
-- null: among
-- What waits to go out and has no workflow, as far as is known: new ones, those to be tried again, and those whose
-- workflow should have tried long ago.
SELECT w.* FROM (
    SELECT f.id, f.id AS key, f.kind, f.round, f.tries, e.sequence FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
    WHERE f.state = 'pending' AND f.hand_at <= :now AND (:among::text[] IS NULL OR f.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'deliveries' AND d.key = f.id AND d.until > :now)
    ORDER BY f.hand_at, f.at, f.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:deliveries:' || w.key, 0)) LIMIT :limit;

-- name: deliveries_handed(ids, rounds, tries, again_at)!
-- Not those made to wait again at this moment, nor those whose workflow was quicker than we.
UPDATE follow_up f SET hand_at = :again_at
FROM unnest(:ids::text[], :rounds::integer[], :tries::integer[]) AS handed(id, round, tries)
WHERE f.id = handed.id AND f.state = 'pending' AND (f.round, f.tries) = (handed.round, handed.tries)
  AND f.hand_at < :again_at;

-- name: rules_have_work()^
-- The oldest change that no watcher has seen, and whether anybody waits in the queue; null without any rule.
SELECT least((SELECT min(id) FROM change WHERE watched_at IS NULL AND batch = ''),
             (SELECT min(number) FROM change_batch WHERE watched_at IS NULL AND closed_at IS NOT NULL)) AS oldest,
       EXISTS (SELECT 1 FROM rule_queue WHERE state = 'waiting') AS waiting
WHERE EXISTS (SELECT 1 FROM rule_state);

-- name: delay_in_outbox(lane, keys, at, longest)!
-- The wait doubles from a second to the longest, for all dispatchers together.
INSERT INTO outbox_delay AS known (lane, key, until, tries)
SELECT :lane, key, :at::timestamptz + interval '1 second', 1 FROM unnest(:keys::text[]) AS failed(key)
ON CONFLICT (lane, key) DO UPDATE
SET tries = known.tries + 1,
    until = :at::timestamptz + least(interval '1 second' * 2 ^ least(known.tries, 20), :longest::interval);

-- name: forget_outbox_delays(before)!
DELETE FROM outbox_delay WHERE until < :before;

-- name: outbox_ahead(now, lately)^
-- one row
-- not null: under_way
-- Whether something may be ready at any moment without a ring: it waits for a start, or another dispatcher has it, or its
-- run was told "lately" and may close before it comes to it. And when the next row becomes due by time alone.
SELECT EXISTS (SELECT 1 FROM reaction WHERE delivered_at IS NULL AND handled_at IS NULL AND NOT late)
    OR EXISTS (SELECT 1 FROM reaction WHERE handled_at IS NULL AND NOT late AND delivered_at > :lately)
    OR EXISTS (SELECT 1 FROM enrollment WHERE state = 'starting')
    OR EXISTS (SELECT 1 FROM enrollment WHERE plan_revision <> plan_signalled AND run_is_open(state))
    OR EXISTS (SELECT 1 FROM reenrollment_window WHERE state = 'opening')
    OR EXISTS (SELECT 1 FROM reenrollment_window WHERE revision <> told_revision)
    OR EXISTS (SELECT 1 FROM answer WHERE state = 'planned' AND handed_at IS NULL) AS under_way,
  least((SELECT min(until) FROM outbox_delay WHERE until > :now),
        (SELECT min(judge_at) FROM hit WHERE verdict IS NULL AND judge_at > :now),
        (SELECT min(due_at) FROM waiting_review WHERE due_at > :now),
        (SELECT min(due_at) FROM waiting_attachment WHERE due_at > :now),
        (SELECT min(hand_at) FROM follow_up WHERE state = 'pending' AND hand_at > :now),
        (SELECT min(greatest(due_at, hand_at)) FROM reply_forwarding
         WHERE state = 'waiting' AND greatest(due_at, hand_at) > :now)) AS due_at;

-- name: outbox_lag(listener)^
-- one row
-- How many dispatchers listen, and since when the oldest reaction or window waits to be handed over.
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :listener) AS listening,
       least((SELECT min(r.received_at) FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
              WHERE r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting'),
             (SELECT min(opened_at) FROM reenrollment_window WHERE state = 'opening')) AS since;

-- name: unsignalled_plans(now, among, limit)
-- null: among, step, due_at
-- not null: moved_by
-- Runs that were planned again and are due earlier than their workflow knows.
SELECT w.* FROM (
    SELECT e.id, e.id AS key, e.workflow_id, e.plan_revision AS revision, n.step, n.due_at,
           coalesce(n.moved_by, '{}') AS moved_by
    FROM enrollment e LEFT JOIN LATERAL (
        SELECT s.step, s.due_at, s.moved_by FROM enrollment_step s
        WHERE s.enrollment_id = e.id AND s.state = 'planned' AND s.due_at IS NOT NULL ORDER BY s.position LIMIT 1) n ON true
    WHERE e.plan_revision <> e.plan_signalled AND run_is_open(e.state) AND e.state <> 'starting'
      AND (:among::text[] IS NULL OR e.id = ANY(:among::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'plans' AND d.key = e.id AND d.until > :now)
    ORDER BY e.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:plans:' || w.key, 0)) LIMIT :limit;

-- name: plans_signalled(ids, revisions)!
UPDATE enrollment e SET plan_signalled = p.revision FROM unnest(:ids::text[], :revisions::integer[]) AS p(id, revision)
WHERE e.id = p.id AND e.plan_signalled < p.revision;
