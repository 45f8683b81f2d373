-- name: link_row(id)^
SELECT l.*, s.enrollment_id, s.person_id, s.claimed_at, s.recipient = '' AS is_erased FROM send_link l JOIN send s ON s.id = l.send_id WHERE l.id = :id;

-- name: link_target(id)$
SELECT target FROM send_link WHERE id = :id;

-- name: add_hit(link_id, at, method, user_agent, address, prefetch, judge_at)!
INSERT INTO hit (link_id, at, method, user_agent, address, prefetch, judge_at)
VALUES (:link_id, :at, :method, :user_agent, :address, :prefetch, :judge_at);

-- name: add_open_hit(link_id, at, method, user_agent, address, prefetch, judge_at, most)!
-- Of a mail's picture. It is loaded each time that somebody looks at the mail: what comes after the first few tells
-- nothing more, and floods nothing.
INSERT INTO hit (link_id, at, method, user_agent, address, prefetch, judge_at)
SELECT l.id, :at, :method, :user_agent, :address, :prefetch, :judge_at FROM send_link l
WHERE l.id = :link_id AND l.target = 'open:' AND NOT EXISTS (SELECT FROM send s WHERE s.id = l.send_id AND s.recipient = '')
  AND (SELECT count(*) FROM (SELECT 1 FROM hit h WHERE h.link_id = l.id LIMIT :most) AS known) < :most;

-- name: due_hits(now, limit)
-- Whoever judges keeps them locked until the verdict stands; a second judge takes others.
SELECT h.id, h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
       l.target IS NOT DISTINCT FROM 'open:' AS pixel, s.person_id, s.claimed_at, s.state
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE h.verdict IS NULL AND h.judge_at <= :now
ORDER BY h.judge_at, h.id LIMIT :limit
FOR UPDATE OF h SKIP LOCKED;

-- name: hits_around(ids, around, burst, across)
-- not null: about, at, method, user_agent, address, prefetch, link_id, send_id, person_id, honeypot
-- For each of these hits what may speak against it. Every part is bounded and reads an index in order: whoever asks for
-- one link ten thousand times makes no judge slow.
SELECT me.id AS about, near.*
FROM hit me JOIN send_link ml ON ml.id = me.link_id JOIN send ms ON ms.id = ml.send_id
CROSS JOIN LATERAL (
    -- of each other link of the message one hit that is close
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
            ms.person_id
     FROM send_link l CROSS JOIN LATERAL (
         SELECT x.* FROM hit x WHERE x.link_id = l.id
         AND x.at BETWEEN me.at - :burst::interval AND me.at + :burst::interval LIMIT 1) h
     WHERE l.send_id = ml.send_id AND l.id <> me.link_id AND l.target IS DISTINCT FROM 'open:')
    UNION ALL
    -- of the honeypot the nearest before and after
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, true, ms.person_id
     FROM send_link l CROSS JOIN LATERAL (
         (SELECT x.* FROM hit x WHERE x.link_id = l.id AND x.at BETWEEN me.at - :around::interval AND me.at
          ORDER BY x.at DESC LIMIT 20)
         UNION ALL
         (SELECT x.* FROM hit x WHERE x.link_id = l.id AND x.at > me.at AND x.at <= me.at + :around::interval
          ORDER BY x.at LIMIT 20)) h
     WHERE l.send_id = ml.send_id AND l.target IS NULL AND ml.target IS NOT NULL)
    UNION ALL
    -- by the same address in other people's messages, the nearest before and after
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL, s.person_id
     FROM (
         (SELECT x.* FROM hit x WHERE x.address = me.address AND x.at BETWEEN me.at - :across::interval AND me.at
          ORDER BY x.at DESC LIMIT 12)
         UNION ALL
         (SELECT x.* FROM hit x WHERE x.address = me.address AND x.at > me.at AND x.at <= me.at + :across::interval
          ORDER BY x.at LIMIT 12)) h
     JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
     WHERE s.person_id <> ms.person_id)
) AS near
WHERE me.id = ANY(:ids::bigint[]);

-- name: judge_hits(ids, verdicts, reasons, at)!
-- Reasons of one hit come as one text: arrays of arrays would all have to be of one length.
UPDATE hit SET verdict = v.verdict, reasons = string_to_array(v.reasons, ' '), judged_at = :at
FROM unnest(:ids::bigint[], :verdicts::text[], :reasons::text[]) AS v(id, verdict, reasons)
WHERE hit.id = v.id AND hit.verdict IS NULL;

-- name: hits_of(id)
-- Of one message or of all messages of a run, in the order in which they came.
SELECT h.id, h.at, s.step, l.position, l.target, l.target IS NULL AS honeypot, h.method, h.user_agent, h.address,
       coalesce(h.verdict, 'waiting') AS verdict, h.reasons, h.judged_at, s.id AS send
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE s.id = :id OR s.enrollment_id = :id ORDER BY h.at, h.id;

-- name: judge_hits_now(enrollment_id)
-- Where time is skipped for runs (the demo) it is skipped for the hits of their mails too.
UPDATE hit h SET judge_at = h.at FROM send_link l, send s
WHERE l.id = h.link_id AND s.id = l.send_id AND s.enrollment_id = :enrollment_id AND h.verdict IS NULL RETURNING h.id;
