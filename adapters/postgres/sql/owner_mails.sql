-- name: owners_to_mail(day, digest_before)
-- Owners with something to be mailed now. Who has a mail waiting gets no other before it: what comes meanwhile goes
-- into a list, so that the end of an outage is no flood.
SELECT DISTINCT n.owner_id FROM notification n JOIN owner o ON o.id = n.owner_id
WHERE n.to_mail AND n.mail_id IS NULL
  AND (o.notify_by = 'email'
       OR (o.notify_by = 'digest' AND n.created_at < :digest_before
           AND NOT EXISTS (SELECT 1 FROM notice_mail d
                           WHERE d.owner_id = o.id AND d.kind = 'digest' AND d.day = :day)))
  AND NOT EXISTS (SELECT 1 FROM notice_mail w WHERE w.owner_id = o.id AND w.state = 'planned' AND w.kind <> 'reply')
ORDER BY n.owner_id;

-- name: lock_owner_mails(owner)$
-- False when another worker writes mails to this owner at this moment.
SELECT pg_try_advisory_xact_lock(hashtextextended('notices:' || :owner, 0));

-- name: notifications_to_mail(owner, day, digest_before)
-- Asked again under the lock: the same conditions, for one owner.
SELECT n.id, n.kind, n.title, n.created_at, n.sequence,
       (SELECT v.definition ->> 'name' FROM sequence_version v WHERE v.sequence = n.sequence
        ORDER BY v.version DESC LIMIT 1) AS sequence_name,
       o.notify_by, o.email, o.first_name, o.last_name
FROM notification n JOIN owner o ON o.id = n.owner_id
WHERE n.owner_id = :owner AND n.to_mail AND n.mail_id IS NULL
  AND (o.notify_by = 'email'
       OR (o.notify_by = 'digest' AND n.created_at < :digest_before
           AND NOT EXISTS (SELECT 1 FROM notice_mail d
                           WHERE d.owner_id = o.id AND d.kind = 'digest' AND d.day = :day)))
  AND NOT EXISTS (SELECT 1 FROM notice_mail w WHERE w.owner_id = o.id AND w.state = 'planned' AND w.kind <> 'reply')
ORDER BY n.created_at, n.id
FOR UPDATE OF n;

-- name: add_owner_mail(id, owner_id, kind, day, recipient, content, created_at)$
INSERT INTO notice_mail (id, owner_id, kind, day, state, recipient, content, created_at)
VALUES (:id, :owner_id, :kind, :day, 'planned', :recipient, :content, :created_at)
ON CONFLICT DO NOTHING RETURNING id;

-- name: put_notifications_into_mail(mail_id, notices)!
UPDATE notification SET mail_id = :mail_id WHERE id = ANY(:notices::text[]) AND mail_id IS NULL;

-- name: add_owner_mail_problem(owner_id, problem, since)$
-- The owner's id when this problem is new.
INSERT INTO notice_problem AS p (owner_id, problem, since) VALUES (:owner_id, :problem, :since)
ON CONFLICT (owner_id) DO UPDATE SET problem = excluded.problem, since = excluded.since
WHERE p.problem <> excluded.problem RETURNING owner_id;

-- name: end_owner_mail_problem(owner_id)!
DELETE FROM notice_problem WHERE owner_id = :owner_id;

-- name: owner_mails_to_send(now, kind, limit)
-- null: kind
SELECT id FROM notice_mail WHERE state = 'planned' AND (try_after IS NULL OR try_after <= :now)
  AND (:kind::text IS NULL OR kind = :kind)
ORDER BY number LIMIT :limit;

-- name: claim_owner_mail(id, claimer, now)^
-- The statement locks the row: of two claimers one gets it. Whoever switched mail off a moment ago gets none.
UPDATE notice_mail m SET state = 'claimed', claimed_at = :now, claimed_by = :claimer
FROM owner o
WHERE m.id = :id AND m.state = 'planned' AND (m.try_after IS NULL OR m.try_after <= :now)
  AND o.id = m.owner_id AND (o.notify_by <> 'none' OR m.kind = 'reply')
RETURNING m.id, m.recipient, m.content, m.tries;

-- name: cancel_unwanted_owner_mails()!
-- Written at the very moment at which their owner switched mail off, unseen by the trigger that drops what waits.
UPDATE notice_mail m SET state = 'cancelled' FROM owner o
WHERE m.state = 'planned' AND m.kind <> 'reply' AND o.id = m.owner_id AND o.notify_by = 'none';

-- name: settle_owner_mail(id, claimer, state, at, code, reason)$
-- Only the claimer settles; an "unknown" made of its claim by somebody else may still become known.
UPDATE notice_mail SET state = :state, decided_at = :at, code = :code, reason = :reason
WHERE id = :id AND claimed_by = :claimer AND state IN ('claimed', 'unknown') RETURNING id;

-- name: mark_notifications_mailed(mail_id, at)!
UPDATE notification SET mailed_at = :at WHERE mail_id = :mail_id;

-- name: release_owner_mail(id, claimer, tries, try_after, code, reason)!
-- Whoever switched mail off meanwhile gets none.
UPDATE notice_mail m
SET state = CASE WHEN o.notify_by = 'none' AND m.kind <> 'reply' THEN 'cancelled' ELSE 'planned' END,
    claimed_at = NULL, claimed_by = NULL, tries = :tries, try_after = :try_after, code = :code, reason = :reason
FROM owner o
WHERE m.id = :id AND o.id = m.owner_id AND m.claimed_by = :claimer AND m.state IN ('claimed', 'unknown');

-- name: lost_owner_mails(claimed_before, at)
UPDATE notice_mail SET state = 'unknown', decided_at = :at, reason = 'the worker died while it was mailed'
WHERE state = 'claimed' AND claimed_at < :claimed_before RETURNING id;

-- name: set_notify_by(id, way)^
UPDATE owner SET notify_by = :way WHERE id = :id RETURNING id, notify_by, coalesce(email, '') <> '' AS reachable;
