-- The ledger of re-enrollment windows. One chain of revisions for each sequence and person: what is newer has the
-- higher number, whichever row it belongs to, so a late message about an older row is recognised as old.

-- name: lapse_windows(sequence, person_id, now)!
-- Its time is over, and its workflow has not said so yet (no worker): it stands in nobody's way.
UPDATE reenrollment_window SET state = 'ended', ended_at = :now, reason = 'over'
WHERE sequence = :sequence AND person_id = :person_id AND relance_window_stands(state) AND until <= :now;

-- name: replace_windows(sequence, person_id, record_id, scope, now)!
UPDATE reenrollment_window SET state = 'ended', ended_at = :now, reason = 'replaced', told_revision = revision
WHERE sequence = :sequence AND scope = :scope AND relance_window_stands(state)
  AND person_id = :person_id AND (scope = 'person' OR record_id = :record_id);

-- name: add_window(id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state, untold)^
-- The partial unique indexes decide between two who enter at the same moment. "untold" is 1 for a window whose
-- workflow hears of it by a signal, 0 for one whose workflow is started with it.
INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, until, state,
                                 revision, told_revision)
SELECT :id, :sequence, :person_id, :record_id, :scope, :enrollment_id, :via, :opened_at::timestamptz,
       :until::timestamptz, :state, next.revision, next.revision - :untold::integer
FROM (SELECT coalesce(max(revision), 0) + 1 AS revision FROM reenrollment_window
      WHERE sequence = :sequence AND person_id = :person_id) AS next
ON CONFLICT DO NOTHING RETURNING *;

-- name: window_row(id)^
SELECT * FROM reenrollment_window WHERE id = :id;

-- name: lock_window(id)^
SELECT * FROM reenrollment_window WHERE id = :id FOR UPDATE;

-- name: windows_to_start(ids)
-- not null: run_record
SELECT w.*, e.version, e.owner_id, substr(e.workflow_id, length('enrollment:' || e.sequence || ':') + 1) AS run_record
FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.id = ANY(:ids::text[]) AND w.state = 'opening' ORDER BY w.sequence, w.person_id;

-- name: windows_to_signal(ids)
SELECT w.*, e.version, e.owner_id FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.id = ANY(:ids::text[]) AND w.state <> 'opening' AND w.revision <> w.told_revision;

-- name: mark_windows_open(ids, revisions)!
-- Locked in the order in which everybody locks several of them.
WITH opened AS (
    SELECT w.id, o.revision FROM unnest(:ids::text[], :revisions::integer[]) AS o(id, revision)
    JOIN reenrollment_window w ON w.id = o.id ORDER BY w.sequence, w.person_id, w.opened_at DESC, w.id FOR NO KEY UPDATE OF w)
UPDATE reenrollment_window w
SET state = CASE WHEN w.state = 'opening' THEN 'open' ELSE w.state END,
    -- A closed row must be told again: its workflow was started after it had been closed. So must one that was moved.
    told_revision = CASE WHEN relance_window_stands(w.state) THEN greatest(w.told_revision, opened.revision) ELSE -1 END
FROM opened WHERE w.id = opened.id;

-- name: mark_window_signalled(id, revision)!
UPDATE reenrollment_window SET told_revision = :revision WHERE id = :id AND told_revision < :revision;

-- name: signal_window_again(id)!
UPDATE reenrollment_window SET told_revision = -1 WHERE id = :id;

-- name: close_window(id, state, reason, at)^
UPDATE reenrollment_window SET state = :state, reason = :reason, ended_at = :at
WHERE id = :id AND relance_window_stands(state) RETURNING *;

-- name: lift_window(id, reason, at)^
UPDATE reenrollment_window SET state = 'lifted', reason = :reason, ended_at = :at, revision = revision + 1
WHERE id = :id AND relance_window_stands(state) RETURNING *;

-- name: move_window(id, until, reason)^
UPDATE reenrollment_window SET until = :until, reason = :reason, revision = revision + 1
WHERE id = :id AND relance_window_stands(state) RETURNING *;

-- name: windows_of_sequence(sequence)
SELECT * FROM reenrollment_window WHERE sequence = :sequence AND relance_window_stands(state)
ORDER BY person_id, opened_at DESC, id FOR UPDATE;

-- name: end_edited_windows(ids, at)!
UPDATE reenrollment_window SET state = 'ended', reason = 'edited', ended_at = :at, revision = revision + 1
WHERE id = ANY(:ids::text[]);

-- name: edit_windows(ids, untils, scope)!
-- null: untils[]
UPDATE reenrollment_window w SET until = edited.until, scope = :scope, reason = 'edited', revision = w.revision + 1
FROM unnest(:ids::text[], :untils::timestamptz[]) AS edited(id, until) WHERE w.id = edited.id;

-- name: add_window_refusal(sequence, person_id, record_id, detail, at)!
INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since)
VALUES (:sequence, :person_id, :record_id, 'window', :detail, 'rule', :at, :at, :at)
ON CONFLICT (sequence, record_id, reason) WHERE via = 'rule'
DO UPDATE SET person_id = excluded.person_id, at = excluded.at, detail = excluded.detail, times = refusal.times + 1, state = 'standing',
              since = CASE WHEN refusal.state = 'standing' THEN refusal.since ELSE excluded.since END;

-- name: lock_window_key(sequence, key)!
SELECT pg_advisory_xact_lock(hashtextextended('window:' || :sequence::text || ':' || :key::text, 0));
