-- name: console_numbers(owners, by_runs, overdue_before, due_before, until, most)^
-- null: owners
-- one row
-- not null: replies, unmatched, batches, matches, unknown, due, overdue, goes, waits
-- The numbers of the first page, each counted up to ``most``. Owners: whose people; none: everybody's.
SELECT (SELECT count(*) FROM (
            SELECT FROM reaction r
            WHERE r.kind = 'replied' AND r.handled_at IS NOT NULL AND r.reviewed_at IS NULL
              AND coalesce(r.held_for_review, true) AND NOT coalesce(r.opt_out, false)
              AND NOT EXISTS (SELECT FROM waiting_review w WHERE w.reaction_id = r.id)
              AND (:owners::text[] IS NULL OR r.enrollment_id IN (
                  SELECT e.id FROM enrollment e WHERE e.owner_id = ANY(:owners::text[])
                  UNION ALL SELECT e.id FROM enrollment e WHERE e.owner_id IS NULL)) LIMIT :most) x) AS replies,
       (SELECT count(*) FROM (SELECT FROM inbound i WHERE i.state = 'unmatched'
              AND NOT EXISTS (SELECT FROM waiting_attachment w WHERE w.inbound_id = i.id) LIMIT :most) x) AS unmatched,
       (SELECT count(*) FROM rule_batch b WHERE b.state = 'held') AS batches,
       (SELECT count(*) FROM (SELECT FROM rule_queue q JOIN rule_batch b ON b.id = q.batch_id
                              WHERE b.state = 'held' AND q.state = 'held' LIMIT :most) x) AS matches,
       (SELECT count(*) FROM (
            SELECT FROM send s WHERE s.state = 'unknown' AND s.resolution IS NULL
              AND (:owners::text[] IS NULL OR EXISTS (
                  SELECT FROM enrollment e WHERE e.id = s.enrollment_id
                  AND (e.owner_id IS NULL OR e.owner_id = ANY(:owners::text[])))) LIMIT :most) x) AS unknown,
       (SELECT count(*) FROM (
            SELECT FROM task t WHERE t.state = 'open' AND (t.due_at IS NULL OR t.due_at < :due_before)
              AND (:owners::text[] IS NULL OR t.owner_id IS NULL OR t.owner_id = ANY(:owners::text[])) LIMIT :most) x) AS due,
       (SELECT count(*) FROM (
            SELECT FROM task t WHERE t.state = 'open' AND t.due_at < :overdue_before
              AND (:owners::text[] IS NULL OR t.owner_id IS NULL OR t.owner_id = ANY(:owners::text[])) LIMIT :most) x) AS overdue,
       coalesce(sum(p.number) FILTER (WHERE p.goes), 0)::bigint AS goes,
       coalesce(sum(p.number) FILTER (WHERE NOT p.goes), 0)::bigint AS waits
FROM (SELECT n.goes, count(*) AS number
      FROM (SELECT s.goes FROM next_steps(:until, :owners::text[], :by_runs) s LIMIT :most) n GROUP BY n.goes) p;

-- name: console_next_steps(owners, by_runs, until, limit)
-- null: owners
-- not null: due_at, step
-- What goes next: nothing but the clock is in its way. The first are found by the clock, or among the runs of few owners.
SELECT n.due_at, t.timezone, n.step, e.id AS enrollment_id, e.sequence, v.definition ->> 'name' AS sequence_name, e.person_id,
       e.owner_id, nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name
FROM (
    (SELECT s.due_at, s.step, s.enrollment_id FROM enrollment_step s JOIN enrollment r ON r.id = s.enrollment_id
     WHERE NOT :by_runs AND s.state = 'planned' AND s.due_at < :until AND r.state NOT IN ('stopped', 'finished')
       AND r.state IN ('starting', 'active') AND NOT (SELECT everything_is_on_hold())
       AND r.sequence NOT IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'sequence')
       AND coalesce(r.owner_id NOT IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'owner'), true)
       AND (:owners::text[] IS NULL OR r.owner_id IS NULL OR r.owner_id = ANY(:owners::text[]))
     ORDER BY s.due_at, s.enrollment_id LIMIT :limit)
    UNION ALL
    (SELECT s.due_at, s.step, s.enrollment_id FROM next_steps(:until, :owners::text[], true) s
     WHERE :by_runs AND s.goes
     ORDER BY s.due_at, s.enrollment_id LIMIT :limit)
) n
JOIN enrollment e ON e.id = n.enrollment_id
JOIN enrollment_step t ON t.enrollment_id = n.enrollment_id AND t.step = n.step
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
LEFT JOIN person p ON p.id = e.person_id
ORDER BY n.due_at, n.enrollment_id, t.position;

-- name: console_back_offs(now)
-- not null: since, until
-- Mailboxes that a server asked to wait, each with its longest.
SELECT b.channel, b.address, min(b.since) AS since, max(b.until) AS until,
       (array_agg(b.code ORDER BY b.until DESC))[1] AS code
FROM mailbox_back_off b WHERE b.until > :now AND b.since <= :now
GROUP BY b.channel, b.address ORDER BY max(b.until), b.address;

-- name: console_standstills(owners)
-- null: owners
-- What stands still as a whole, and why.
SELECT h.id, h.scope, h.key, h.reason, h.since,
       coalesce((SELECT v.definition ->> 'name' FROM sequence_version v WHERE h.scope = 'sequence' AND v.sequence = h.key
                 ORDER BY v.version DESC LIMIT 1),
                nullif(concat_ws(' ', o.first_name, o.last_name), '')) AS name,
       (SELECT count(*) FROM hold_run r WHERE r.hold_id = h.id) AS runs
FROM hold h LEFT JOIN owner o ON h.scope = 'owner' AND o.id = h.key
WHERE h.ended_at IS NULL AND (h.scope <> 'owner' OR :owners::text[] IS NULL OR h.key = ANY(:owners::text[]))
ORDER BY h.since, h.id;

-- name: console_closed_days(owners, first, last)
-- null: owners
SELECT c.day, c.owner_id, nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name
FROM closed_day c LEFT JOIN owner o ON o.id = c.owner_id
WHERE c.day BETWEEN :first AND :last AND (c.owner_id IS NULL OR :owners::text[] IS NULL OR c.owner_id = ANY(:owners::text[]))
ORDER BY c.day, c.owner_id NULLS FIRST;

-- name: console_one_hold(id)^
-- One hold, on or ended, with the name of what it is about.
SELECT h.id, h.scope, h.key, h.reason, h.since, h.ended_at,
       coalesce((SELECT v.definition ->> 'name' FROM sequence_version v WHERE h.scope = 'sequence' AND v.sequence = h.key
                 ORDER BY v.version DESC LIMIT 1),
                nullif(concat_ws(' ', o.first_name, o.last_name), '')) AS name
FROM hold h LEFT JOIN owner o ON h.scope = 'owner' AND o.id = h.key WHERE h.id = :id;

-- name: console_disconnected_mailboxes(owners)
-- null: owners
-- not null: id, state_since
-- Those of these owners and of nobody, or all.
SELECT id, address, owner_id, state_reason, state_since FROM mailbox
WHERE state = 'disconnected' AND (:owners::text[] IS NULL OR owner_id IS NULL OR owner_id = ANY(:owners::text[]))
ORDER BY state_since, id;

-- name: console_first_steps()^
-- one row
-- not null: people, mailboxes, published, enrolled
-- What somebody who begins has done already.
SELECT EXISTS (SELECT FROM person) AS people, EXISTS (SELECT FROM mailbox WHERE state = 'active') AS mailboxes,
       EXISTS (SELECT FROM sequence_version) AS published, EXISTS (SELECT FROM enrollment) AS enrolled;
