-- name: mails_returned_by(address, since, ours)$
-- Mails to an address that did not arrive, but for those that were refused because of us, since then and since somebody
-- said that the address works.
SELECT count(*) FROM send s
WHERE s.channel = 'email' AND s.undelivered_at IS NOT NULL AND coalesce(s.recipient_key, lower(s.recipient)) = :address
  AND s.undelivered_reason <> ALL(:ours::text[])
  AND s.undelivered_at > greatest(:since::timestamptz, (
      SELECT max(x.lifted_at) FROM suppression x WHERE x.address = :address AND x.reason = 'soft_bounces'
      AND x.lifted_at IS NOT NULL));

-- name: lift_soft_bounces(address, at)!
UPDATE suppression SET lifted_at = :at WHERE address = :address AND reason = 'soft_bounces' AND lifted_at IS NULL;
