-- What stands still although nothing should be in its way. Each is counted up to a thousand, from an index.

-- name: stale_rows(before)^
-- one row
-- not null: starting, claimed, windows, answers
SELECT (SELECT count(*) FROM (SELECT 1 FROM enrollment WHERE state = 'starting' AND enrolled_at <= :before LIMIT 1000) s) AS starting,
       (SELECT count(*) FROM (SELECT 1 FROM send WHERE state = 'claimed' AND claimed_at <= :before LIMIT 1000) s) AS claimed,
       (SELECT count(*) FROM (SELECT 1 FROM reenrollment_window WHERE state = 'opening' AND opened_at <= :before LIMIT 1000) s) AS windows,
       (SELECT count(*) FROM (SELECT 1 FROM answer WHERE state = 'claimed' AND claimed_at <= :before LIMIT 1000) s) AS answers;

-- name: owner_domains(limit)
-- not null: domain
-- Domains from which mail goes out, the most used first.
SELECT lower(split_part(email, '@', 2)) AS domain FROM owner WHERE email LIKE '%_@_%'
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :limit;

-- name: newest_mail_heads(since, most, size)
-- not null: head
-- The beginnings of the mails that came last and are kept as they came.
SELECT substring(raw FOR :size::int) AS head FROM inbound
WHERE raw <> ''::bytea AND channel = 'email' AND received_at >= :since
ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: proofs_of_newest_mail(since, most, none, not_asked)^
-- one row
-- not null: with_results, without
-- Of the mails that came last and were looked at: how many had results of who is believed.
SELECT count(*) FILTER (WHERE n.detail->>'authenticated_by' NOT IN (:none::text, :not_asked::text)) AS with_results,
       count(*) FILTER (WHERE n.detail->>'authenticated_by' = :none::text) AS without
FROM (SELECT detail FROM inbound WHERE NOT text_removed AND channel = 'email' AND received_at >= :since
      ORDER BY received_at DESC, id DESC LIMIT :most) n;
