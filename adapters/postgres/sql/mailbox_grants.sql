-- name: mailbox_grant(address)^
-- row: MailboxGrantRow
SELECT address, provider, access, subject, connected_at, connected_by, refreshed_at, access_until, ended_at, ended_why
FROM mailbox_grant WHERE address = :address;

-- name: all_mailbox_grants()
-- row: MailboxGrantRow
SELECT address, provider, access, subject, connected_at, connected_by, refreshed_at, access_until, ended_at, ended_why
FROM mailbox_grant ORDER BY address;

-- name: connect_mailbox(address, provider, access, subject, refresh_token, access_token, access_until, at, by)!
-- A mailbox that was connected before is connected anew: whoever refreshes the former tokens stores nothing any more.
INSERT INTO mailbox_grant (address, provider, access, subject, refresh_token, access_token, access_until, connected_at,
                           connected_by, refreshed_at)
VALUES (:address, :provider, :access, :subject, :refresh_token, :access_token, :access_until, :at, :by, :at)
ON CONFLICT (address) DO UPDATE SET
    provider = excluded.provider, access = excluded.access, subject = excluded.subject,
    refresh_token = excluded.refresh_token, access_token = excluded.access_token,
    access_until = excluded.access_until, connected_at = excluded.connected_at, connected_by = excluded.connected_by,
    refreshed_at = excluded.refreshed_at, refreshing_by = NULL, refreshing_until = NULL, ended_at = NULL,
    ended_why = NULL;

-- name: lock_mailbox_grant(address)^
SELECT provider, access, refresh_token, access_token, access_until, connected_at, refreshing_by, refreshing_until,
       ended_at, ended_why
FROM mailbox_grant WHERE address = :address FOR UPDATE;

-- name: begin_refresh(address, by, until)!
UPDATE mailbox_grant SET refreshing_by = :by, refreshing_until = :until WHERE address = :address;

-- name: give_refresh_up(address, by)!
UPDATE mailbox_grant SET refreshing_by = NULL, refreshing_until = NULL
WHERE address = :address AND refreshing_by = :by;

-- name: end_refresh(address, connected_at, refresh_token, access_token, access_until, at)$
-- Whoever holds the lease by now: a refresh token that was replaced is good no longer, so the new one must be kept.
UPDATE mailbox_grant
SET refresh_token = :refresh_token, access_token = :access_token, access_until = :access_until, refreshed_at = :at,
    refreshing_by = NULL, refreshing_until = NULL
WHERE address = :address AND connected_at = :connected_at AND ended_at IS NULL
RETURNING address;

-- name: end_mailbox_grant(address, connected_at, at, why)$
-- null: connected_at
-- One that is over already, or was connected anew meanwhile, is left alone.
UPDATE mailbox_grant
SET ended_at = :at, ended_why = :why, refresh_token = NULL, access_token = NULL, access_until = NULL,
    refreshing_by = NULL, refreshing_until = NULL
WHERE address = :address AND ended_at IS NULL
  AND (:connected_at::timestamptz IS NULL OR connected_at = :connected_at::timestamptz)
RETURNING connected_at;

-- name: addresses_of_owner(id)
SELECT lower(btrim(email)) FROM owner WHERE btrim(email) <> '' AND id = :id;

-- name: mailbox_watermark(mailbox)^
SELECT position, read_until FROM mailbox_watermark WHERE mailbox = :mailbox;

-- name: move_mailbox_watermark(mailbox, position, read_until, at)!
INSERT INTO mailbox_watermark (mailbox, position, read_until, moved_at) VALUES (:mailbox, :position, :read_until, :at)
ON CONFLICT (mailbox) DO UPDATE
SET position = excluded.position, read_until = excluded.read_until, moved_at = excluded.moved_at;

-- name: skip_mailbox_message(mailbox, message, reason, at)!
INSERT INTO mailbox_skipped (mailbox, message, reason, at) VALUES (:mailbox, :message, :reason, :at)
ON CONFLICT DO NOTHING;
