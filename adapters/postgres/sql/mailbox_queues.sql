-- What each mailbox of ours has to send, as far as it is planned.

-- name: planned_between(since, until, most)$
-- null: since
-- not null: planned_between
-- How many steps are planned between two instants, counted up to ``most``: by their index alone.
SELECT count(*) AS planned_between FROM (
    SELECT FROM enrollment_step s WHERE s.state = 'planned' AND s.due_at < :until
      AND s.due_at >= coalesce(:since::timestamptz, '-infinity') LIMIT :most) x;

-- name: queued_steps(until)
-- row: QueuedStepRow
-- not null: due_at
-- Planned steps of runs that go on, with the slot that a message of theirs has reserved.
SELECT s.enrollment_id, s.step, s.due_at, s.timezone, e.sequence, e.version, e.owner_id, e.mailbox_id, d.slot_at
FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN send d ON d.enrollment_id = s.enrollment_id AND d.step = s.step AND d.state = 'planned'
WHERE s.state = 'planned' AND s.due_at < :until AND e.state IN ('starting', 'active');

-- name: queued_steps_of(until, owners, sequences, mailboxes, most)
-- row: QueuedStepRow
-- not null: due_at
-- The same of the runs of these owners, of runs without an owner, of all runs of these sequences and of these mailboxes;
-- no more than ``most``.
-- UNION: a run may be among them twice. OFFSET: asked of each run, or all planned steps would be read for it.
SELECT s.enrollment_id, s.step, s.due_at, s.timezone, r.sequence, r.version, r.owner_id, r.mailbox_id, d.slot_at
FROM (
    SELECT e.id, e.sequence, e.version, e.owner_id, e.mailbox_id FROM enrollment e
    WHERE e.owner_id = ANY(:owners::text[]) AND e.state NOT IN ('stopped', 'finished') AND e.state IN ('starting', 'active')
    UNION SELECT e.id, e.sequence, e.version, e.owner_id, e.mailbox_id FROM enrollment e
    WHERE e.owner_id IS NULL AND e.state NOT IN ('stopped', 'finished') AND e.state IN ('starting', 'active')
    UNION SELECT e.id, e.sequence, e.version, e.owner_id, e.mailbox_id FROM enrollment e
    WHERE e.sequence = ANY(:sequences::text[]) AND e.state NOT IN ('stopped', 'finished') AND e.state IN ('starting', 'active')
    UNION SELECT e.id, e.sequence, e.version, e.owner_id, e.mailbox_id FROM enrollment e
    WHERE e.mailbox_id = ANY(:mailboxes::text[]) AND e.state NOT IN ('stopped', 'finished') AND e.state IN ('starting', 'active')
) r CROSS JOIN LATERAL (
    SELECT t.enrollment_id, t.step, t.due_at, t.timezone FROM enrollment_step t
    WHERE t.enrollment_id = r.id AND t.state = 'planned' AND t.due_at < :until OFFSET 0
) s
LEFT JOIN send d ON d.enrollment_id = s.enrollment_id AND d.step = s.step AND d.state = 'planned'
LIMIT :most;

-- name: owner_addresses()
-- not null: id
-- Where the mail of each owner comes from, and of those whom open runs name and nobody has described yet. Recursive: from
-- one owner of open runs to the next by the index.
WITH RECURSIVE named AS (
    (SELECT e.owner_id FROM enrollment e WHERE e.state NOT IN ('stopped', 'finished') AND e.owner_id IS NOT NULL
     ORDER BY e.owner_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.owner_id FROM enrollment e WHERE e.state NOT IN ('stopped', 'finished') AND e.owner_id > n.owner_id
            ORDER BY e.owner_id LIMIT 1) FROM named n WHERE n.owner_id IS NOT NULL
)
SELECT o.id, o.email FROM owner o
UNION ALL
SELECT n.owner_id, NULL FROM named n
WHERE n.owner_id IS NOT NULL AND NOT EXISTS (SELECT FROM owner o WHERE o.id = n.owner_id);

-- name: sequences_with_senders()
-- not null: sender
-- Versions of sequences whose mail does not go out from the owner of the record.
SELECT sequence, version, definition ->> 'sender' AS sender, definition #>> '{auto_enroll,assigned_by}' AS assigned_by
FROM sequence_version WHERE definition ->> 'sender' <> 'owner';
