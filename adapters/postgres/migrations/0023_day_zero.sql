-- A step around day zero waits for its date, and a plan remembers when it was judged what had passed.
-- depends: 0015_reviews

-- migrate: apply
ALTER TABLE enrollment_step
    -- what `when` and `at` say of a step around day zero or on a date; null: nothing yet
    ADD COLUMN own_at timestamptz,
    -- when it was judged whether that had passed; null: planned by a version that did not keep it
    ADD COLUMN judged_at timestamptz;

-- What was shown as passed is not sent, though the version before had not decided it yet. A migration knows no clock of
-- ours: it is decided when the run last decided anything.
UPDATE enrollment_step s
SET state = 'skipped',
    decided_at = greatest(e.enrolled_at, (SELECT max(d.decided_at) FROM enrollment_step d WHERE d.enrollment_id = e.id))
FROM enrollment e
WHERE e.id = s.enrollment_id AND e.state NOT IN ('stopped', 'finished')
  AND s.state = 'planned' AND s.due_at IS NULL AND s.reason = 'if_past';

-- Open runs whose plan was made by other rules plan anew: the ones with steps that were skipped for want of a date, and
-- the ones whose dated steps a pause had moved. They hear of it as of a changed field; of none, so that no rule matches.
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, detail, received_at)
SELECT 'r' || md5('replan:0023:' || e.id), 'replan:0023:' || e.id, e.id, e.person_id, 'field_changed', true,
       '{"fields": []}',
       greatest(e.enrolled_at, (SELECT max(d.decided_at) FROM enrollment_step d WHERE d.enrollment_id = e.id))
FROM enrollment e
WHERE e.state NOT IN ('stopped', 'finished', 'starting')
  AND (EXISTS (SELECT 1 FROM enrollment_step s
               WHERE s.enrollment_id = e.id AND s.state = 'skipped' AND s.reason = 'no_day_zero')
       OR (EXISTS (SELECT 1 FROM enrollment_pause p
                   WHERE p.enrollment_id = e.id AND p.ended_at IS NOT NULL AND p.mode = 'shift')
           AND EXISTS (SELECT 1 FROM enrollment_step s WHERE s.enrollment_id = e.id AND s.state = 'planned')))
ON CONFLICT DO NOTHING;

-- What was skipped for want of a date waits for it, as long as the run is open. Its own instant was never judged.
UPDATE enrollment_step s SET state = 'planned', decided_at = NULL, due_at = NULL, judged_at = e.enrolled_at
FROM enrollment e
WHERE e.id = s.enrollment_id AND e.state NOT IN ('stopped', 'finished')
  AND s.state = 'skipped' AND s.reason = 'no_day_zero';

-- migrate: rollback
ALTER TABLE enrollment_step DROP COLUMN own_at, DROP COLUMN judged_at;
