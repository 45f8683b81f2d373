-- name: link_row(id)^
SELECT l.*, s.enrollment_id, s.person_id, s.claimed_at FROM send_link l JOIN send s ON s.id = l.send_id WHERE l.id = :id;

-- name: add_hit(link_id, at, method, user_agent, address, prefetch, judge_at)!
INSERT INTO hit (link_id, at, method, user_agent, address, prefetch, judge_at)
VALUES (:link_id, :at, :method, :user_agent, :address, :prefetch, :judge_at);

-- name: due_hits(now, limit)
-- Whoever judges keeps them locked until the verdict stands; a second judge takes others.
SELECT h.id, h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
       s.person_id, s.claimed_at
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE h.verdict IS NULL AND h.judge_at <= :now
ORDER BY h.judge_at, h.id LIMIT :limit
FOR UPDATE OF h SKIP LOCKED;

-- name: hits_around(ids, around, across)
-- For each of these hits: the nearest ones of its message, and those by its address in other people's messages.
SELECT me.id AS about, near.*
FROM hit me JOIN send_link ml ON ml.id = me.link_id JOIN send ms ON ms.id = ml.send_id
CROSS JOIN LATERAL (
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
            ms.person_id
     FROM send_link l JOIN hit h ON h.link_id = l.id
     WHERE l.send_id = ml.send_id AND h.id <> me.id
       AND h.at BETWEEN me.at - :around::interval AND me.at + :around::interval
       -- of a link hit over and over only one other link's hit matters
       AND (l.id <> me.link_id OR l.target IS NULL)
     ORDER BY (l.target IS NULL) DESC, abs(extract(epoch FROM h.at - me.at)) LIMIT 200)
    UNION ALL
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL, s.person_id
     FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
     WHERE h.address = me.address AND h.at BETWEEN me.at - :across::interval AND me.at + :across::interval
       AND s.person_id <> ms.person_id
     -- one by the same program tells the most
     ORDER BY h.user_agent = me.user_agent DESC LIMIT 20)
) AS near
WHERE me.id = ANY(:ids::bigint[]);

-- name: judge_hit(id, verdict, reasons, at)!
UPDATE hit SET verdict = :verdict, reasons = :reasons, judged_at = :at WHERE id = :id AND verdict IS NULL;

-- name: hits_of(id)
-- Of one message or of all messages of a run, in the order in which they came.
SELECT h.id, h.at, s.step, l.position, l.target IS NULL AS honeypot, h.method, h.user_agent, h.address,
       coalesce(h.verdict, 'waiting') AS verdict, h.reasons, h.judged_at, s.id AS send
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE s.id = :id OR s.enrollment_id = :id ORDER BY h.at, h.id;

-- name: send_enrollment(id)$
SELECT enrollment_id FROM send WHERE id = :id;

-- name: judge_hits_now(enrollment_id)
-- Where time is skipped for runs (the demo) it is skipped for the hits of their mails too.
UPDATE hit h SET judge_at = h.at FROM send_link l, send s
WHERE l.id = h.link_id AND s.id = l.send_id AND s.enrollment_id = :enrollment_id AND h.verdict IS NULL RETURNING h.id;
