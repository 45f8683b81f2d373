-- What moves when the CRM merges one person into another, and what goes back when it takes that back.

-- name: merge_root(id)$
-- Who a person is by now: the end of the chain of merges. An id that nobody has is its own end.
WITH RECURSIVE chain AS (
    SELECT :id::text AS id, 1 AS depth
    UNION ALL
    SELECT p.merged_into, c.depth + 1 FROM chain c JOIN person p ON p.id = c.id
    WHERE p.merged_into IS NOT NULL AND c.depth < 50
)
SELECT id FROM chain ORDER BY depth DESC LIMIT 1;

-- name: merge_roots(ids)
-- row: MergeRootRow
-- not null: id, root
-- The same of many; only of those who were merged into somebody.
WITH RECURSIVE chain AS (
    SELECT p.id, p.merged_into AS root, 2 AS depth FROM person p
    WHERE p.id = ANY(:ids::text[]) AND p.merged_into IS NOT NULL
    UNION ALL
    SELECT c.id, p.merged_into, c.depth + 1 FROM chain c JOIN person p ON p.id = c.root
    WHERE p.merged_into IS NOT NULL AND c.depth < 50
)
SELECT DISTINCT ON (id) id, root FROM chain ORDER BY id, depth DESC;

-- name: merged_below(id)
-- Everybody who was merged into this person, also by way of others.
WITH RECURSIVE below AS (
    SELECT id FROM person WHERE merged_into = :id
    UNION
    SELECT p.id FROM person p JOIN below b ON p.merged_into = b.id
)
SELECT id FROM below WHERE id <> :id ORDER BY id;

-- name: sequences_entered(people)
SELECT sequence FROM reenrollment_window WHERE person_id = ANY(:people::text[])
UNION
SELECT sequence FROM enrollment WHERE person_id = ANY(:people::text[]) AND run_is_open(state)
ORDER BY sequence;

-- name: windows_to_merge(people)
SELECT w.id, w.sequence, w.person_id, w.record_id, w.scope, w.until, w.opened_at, e.record_type
FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.person_id = ANY(:people::text[]) AND relance_window_stands(w.state)
ORDER BY w.sequence, w.person_id, w.opened_at DESC, w.id FOR UPDATE OF w;

-- name: end_merged_windows(ids, at)!
-- Another window of the person lasts longer. The workflow of their gate hears of that one.
UPDATE reenrollment_window SET state = 'ended', reason = 'merged', ended_at = :at, told_revision = revision
WHERE id = ANY(:ids::text[]);

-- name: move_windows(people, into)!
-- What stands gets the newest revision of the survivor's chain, so that the survivor's gate is told of it.
UPDATE reenrollment_window w
SET person_id = :into, record_id = CASE WHEN e.record_type = 'person' THEN :into ELSE w.record_id END,
    revision = CASE WHEN w.scope = 'person' AND relance_window_stands(w.state) THEN 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id = ANY(:people::text[] || :into::text)) ELSE w.revision END
FROM enrollment e WHERE e.id = w.enrollment_id AND w.person_id = ANY(:people::text[]);

-- name: open_runs_to_merge(people)
SELECT e.id, e.sequence, e.record_id,
       (SELECT count(*) FROM send s WHERE s.enrollment_id = e.id AND s.state IN ('claimed', 'sent', 'unknown')) AS sent
FROM enrollment e
WHERE e.record_type = 'person' AND e.record_id = ANY(:people::text[]) AND run_is_open(e.state)
ORDER BY e.sequence, e.id FOR UPDATE OF e;

-- name: set_run_record(id, record_id)!
UPDATE enrollment SET record_id = :record_id WHERE id = :id;

-- name: move_runs(people, into, losers)
-- Every run, also those that are over; the losers keep the record that is gone, and so come to their end.
UPDATE enrollment
SET merged_from = coalesce(merged_from, person_id), person_id = :into,
    record_id = CASE WHEN record_type = 'person' AND id <> ALL(:losers::text[]) THEN :into ELSE record_id END
WHERE person_id = ANY(:people::text[])
RETURNING id, NOT run_is_open(state) AS closed;

-- name: move_sends(people, into)!
UPDATE send SET person_id = :into WHERE person_id = ANY(:people::text[]);

-- name: move_reactions(people, into)!
UPDATE reaction SET person_id = :into WHERE person_id = ANY(:people::text[])
  AND enrollment_id IN (SELECT id FROM enrollment WHERE person_id = :into AND merged_from IS NOT NULL);

-- name: move_tasks(people, into)!
UPDATE task SET person_id = :into WHERE person_id = ANY(:people::text[]);

-- name: move_leads(people, into)!
UPDATE lead SET person_id = :into WHERE person_id = ANY(:people::text[]);

-- name: move_notifications(people, into)!
UPDATE notification SET person_id = :into WHERE person_id = ANY(:people::text[]);

-- name: join_lists(people, into)!
INSERT INTO list_member (list, person_id, added_at, enrollment_id)
SELECT DISTINCT ON (list) list, :into::text, added_at, enrollment_id FROM list_member
WHERE person_id = ANY(:people::text[]) ORDER BY list, added_at
ON CONFLICT DO NOTHING;

-- name: leave_lists(people)!
DELETE FROM list_member WHERE person_id = ANY(:people::text[]);

-- name: placements_of(people)
SELECT id FROM placement WHERE person_id = ANY(:people::text[]) ORDER BY id;

-- name: part_runs(people, into, root)
-- Back from the survivor to the person who is there again: what was about the person itself. Placements, and the runs
-- about them, stay until the CRM says whose they are.
UPDATE enrollment e
SET person_id = :into, record_id = :into, merged_from = CASE WHEN merged_from = :into THEN NULL ELSE merged_from END
WHERE e.record_type = 'person' AND e.person_id = :root AND e.merged_from = ANY(:people::text[])
  AND (NOT run_is_open(e.state) OR NOT EXISTS (
      SELECT 1 FROM enrollment o WHERE o.sequence = e.sequence AND o.record_id = :into AND o.id <> e.id
      AND run_is_open(o.state)))
RETURNING e.id, NOT run_is_open(e.state) AS closed;

-- name: part_windows(runs, into, root, now)!
-- With their runs. One that was ended only because another lasted longer stands again.
UPDATE reenrollment_window w
SET person_id = :into, record_id = :into,
    state = CASE WHEN w.reason = 'merged' AND w.until > :now THEN 'open' ELSE w.state END,
    revision = CASE WHEN w.scope = 'person' THEN 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id IN (:into, :root)) ELSE w.revision END,
    told_revision = CASE WHEN relance_window_stands(w.state) OR (w.reason = 'merged' AND w.until > :now)
                         THEN w.told_revision ELSE 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id IN (:into, :root)) END
WHERE w.id IN (
    -- Of several that could stand the longest does.
    SELECT DISTINCT ON (x.sequence, x.scope, CASE WHEN relance_window_stands(x.state)
                        OR (x.reason = 'merged' AND x.until > :now) THEN '' ELSE x.id END) x.id
    FROM reenrollment_window x WHERE x.enrollment_id = ANY(:runs::text[])
    ORDER BY x.sequence, x.scope, CASE WHEN relance_window_stands(x.state)
             OR (x.reason = 'merged' AND x.until > :now) THEN '' ELSE x.id END, x.until DESC NULLS FIRST, x.id);

-- name: part_sends(runs, into)!
UPDATE send SET person_id = :into WHERE enrollment_id = ANY(:runs::text[]);

-- name: part_reactions(runs, into)!
UPDATE reaction SET person_id = :into WHERE enrollment_id = ANY(:runs::text[]);
