-- name: lock_open_run(id)$
-- Locked: of two who would close it, the second one finds it closed.
SELECT id FROM enrollment WHERE id = :id AND run_is_open(state) FOR UPDATE;

-- name: notify_owner_of_run(id, enrollment_id, kind, title, at)$
-- Whoever looks after the record now; else whom the run began with; else the assigned-by user of its sequence.
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)
SELECT :id, who.owner_id, :kind,
       coalesce(v.definition ->> 'name', e.sequence) || ': ' || :title::text
           || coalesce(': ' || nullif(concat_ws(' ', nullif(p.first_name, ''), nullif(p.last_name, '')), ''), ''),
       e.id, e.person_id, :at
FROM enrollment e
LEFT JOIN person p ON p.id = e.person_id
LEFT JOIN placement l ON e.record_type = 'placement' AND l.id = e.record_id
LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
CROSS JOIN LATERAL (SELECT coalesce(nullif(l.owner_id, ''), nullif(p.owner_id, ''), nullif(e.owner_id, ''),
                                    v.definition #>> '{auto_enroll,assigned_by}') AS owner_id) who
WHERE e.id = :enrollment_id AND who.owner_id IS NOT NULL
ON CONFLICT DO NOTHING RETURNING id;

-- name: open_runs_among(sequence, record_ids)
SELECT * FROM enrollment
WHERE sequence = :sequence AND record_id = ANY(:record_ids::text[]) AND run_is_open(state) AND state <> 'starting';

-- name: fail_planned_send(id, at, reason)!
UPDATE send SET state = 'failed', decided_at = :at, reason = :reason WHERE id = :id AND state = 'planned';

-- name: add_task_to_look(id, enrollment_id, reaction_id, title, description, due_at, at)!
INSERT INTO task (id, title, description, due_at, owner_id, person_id, enrollment_id, reaction_id, created_at)
SELECT :id, :title, :description, :due_at, coalesce(nullif(l.owner_id, ''), nullif(p.owner_id, ''), e.owner_id),
       e.person_id, e.id, :reaction_id, :at
FROM enrollment e LEFT JOIN person p ON p.id = e.person_id
LEFT JOIN placement l ON e.record_type = 'placement' AND l.id = e.record_id
WHERE e.id = :enrollment_id ON CONFLICT DO NOTHING;

-- name: run_watch_row()^
SELECT * FROM run_watch;

-- name: run_watch_looked(at)!
UPDATE run_watch SET looked_at = greatest(looked_at, :at);

-- name: run_watch_went_on(run_after, window_after, page, trouble)!
UPDATE run_watch SET run_after = :run_after, window_after = :window_after, page = :page, trouble = :trouble;

-- name: begun_runs(after, limit)
-- Open, and past their beginning: a workflow has been there.
SELECT * FROM enrollment WHERE id > :after AND run_is_open(state) AND state <> 'starting' ORDER BY id LIMIT :limit;

-- name: open_runs_of_records(sequences, record_ids)
SELECT e.* FROM unnest(:sequences::text[], :record_ids::text[]) AS wanted(sequence, record_id)
JOIN enrollment e ON e.sequence = wanted.sequence AND e.record_id = wanted.record_id
WHERE run_is_open(e.state);

-- name: standing_windows(after, now, limit)
-- Those that have a workflow by now: what it has not been told yet is the dispatcher's.
SELECT * FROM reenrollment_window
WHERE id > :after AND scope = 'person' AND state = 'open' AND until > :now AND revision = told_revision
ORDER BY id LIMIT :limit;

-- name: standing_windows_of(sequences, person_ids, now)
-- Written as a difference, so that the index of all that stand does not fit: one row of each key is looked up.
SELECT w.* FROM unnest(:sequences::text[], :person_ids::text[]) AS wanted(sequence, person_id)
JOIN reenrollment_window w ON w.sequence = wanted.sequence AND w.person_id = wanted.person_id
WHERE w.scope = 'person' AND w.state = 'open' AND w.until > :now AND w.revision - w.told_revision = 0;

-- name: gate_is_gone(id, reason)!
-- The ledger has the last word: the dispatcher starts its workflow again.
UPDATE reenrollment_window SET told_revision = -1, reason = :reason
WHERE id = :id AND state = 'open' AND revision = told_revision;

-- name: lapse_passed_windows(before, limit)!
-- Their time is over, and no workflow has said so: it stood in nobody's way, and now says what it is.
UPDATE reenrollment_window SET state = 'ended', ended_at = until, reason = 'over'
WHERE id IN (SELECT id FROM reenrollment_window WHERE scope = 'person' AND state = 'open' AND until <= :before
             ORDER BY until LIMIT :limit FOR UPDATE SKIP LOCKED);

-- name: lost_late_reactions(before, limit)
SELECT r.id, r.enrollment_id, r.kind, r.holds FROM reaction r
WHERE r.late AND r.handled_at IS NULL AND r.delivered_at <= :before ORDER BY r.delivered_at LIMIT :limit;

-- name: enrollments_by_id(ids)
SELECT * FROM enrollment WHERE id = ANY(:ids::text[]);
