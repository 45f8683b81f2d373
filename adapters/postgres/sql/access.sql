-- Users of the console, their links and sessions, and the audit log.

-- name: lock_users()!
-- One at a time changes who is an admin.
SELECT pg_advisory_xact_lock(hashtextextended('console_user', 0));

-- name: any_user()$
-- not null: any_user
SELECT EXISTS (SELECT 1 FROM console_user) AS any_user;

-- name: user_by_email(email_key)^
SELECT * FROM console_user WHERE email_key = :email_key;

-- name: user_row(id)^
SELECT * FROM console_user WHERE id = :id;

-- name: owners_to_match(id, email)
-- null: id
-- The owner who was named, or those who have the address.
SELECT id, nullif(concat_ws(' ', first_name, last_name), '') AS name FROM owner
WHERE CASE WHEN :id::text IS NULL THEN lower(email) = lower(:email) ELSE id = :id END ORDER BY id LIMIT 2;

-- name: known_owner(id)$
-- not null: known_owner
SELECT EXISTS (SELECT 1 FROM owner WHERE id = :id) AS known_owner;

-- name: add_user(id, email, email_key, name, role, owner_id, team, timezone, at)!
-- null: owner_id, team, timezone
INSERT INTO console_user (id, email, email_key, name, role, owner_id, team, timezone, created_at)
VALUES (:id, :email, :email_key, :name, :role, :owner_id, :team, :timezone, :at);

-- name: change_user(id, name, role, owner_id, team, timezone, disabled_at)!
-- null: owner_id, team, timezone, disabled_at
UPDATE console_user SET name = :name, role = :role, owner_id = :owner_id, team = :team, timezone = :timezone,
    disabled_at = :disabled_at
WHERE id = :id;

-- name: other_admins(id)$
-- not null: other_admins
SELECT count(*) AS other_admins FROM console_user WHERE role = 'admin' AND disabled_at IS NULL AND id <> :id;

-- name: add_sign_in_link(hash, user_id, at, expires_at)!
-- null: user_id
INSERT INTO sign_in_link (hash, user_id, made_at, expires_at) VALUES (:hash, :user_id, :at, :expires_at);

-- name: end_sign_in_links(user_id, at)!
-- null: user_id
-- A newer link replaces the older ones.
UPDATE sign_in_link SET spent_at = :at WHERE user_id IS NOT DISTINCT FROM :user_id::text AND spent_at IS NULL;

-- name: good_sign_in_link(hash, now)^
-- null: id, email, name, role
SELECT u.id, u.email, u.name, u.role FROM sign_in_link l LEFT JOIN console_user u ON u.id = l.user_id
WHERE l.hash = :hash AND l.spent_at IS NULL AND l.expires_at > :now AND u.disabled_at IS NULL
  AND (l.user_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM console_user));

-- name: spend_sign_in_link(hash, now)^
-- One wins, of two tabs too.
UPDATE sign_in_link SET spent_at = :now WHERE hash = :hash AND spent_at IS NULL AND expires_at > :now
RETURNING user_id;

-- name: add_session(id, hash, user_id, at, expires_at, device, address)!
INSERT INTO console_session (id, hash, user_id, started_at, last_used_at, expires_at, device, address)
VALUES (:id, :hash, :user_id, :at, :at, :expires_at, :device, :address);

-- name: open_session(hash, now, used_after)^
-- not null: team_owner_ids, proved_at
SELECT s.id, s.last_used_at, coalesce(s.proved_at, s.started_at) AS proved_at, u.id AS user_id, u.email, u.name, u.role, u.owner_id, u.timezone, ARRAY(
    SELECT t.owner_id FROM console_user t
    WHERE t.team = u.team AND t.owner_id IS NOT NULL AND t.disabled_at IS NULL ORDER BY 1) AS team_owner_ids
FROM console_session s JOIN console_user u ON u.id = s.user_id
WHERE s.hash = :hash AND s.ended_at IS NULL AND s.expires_at > :now AND s.last_used_at > :used_after
  AND u.disabled_at IS NULL;

-- name: use_session(id, now)!
UPDATE console_session SET last_used_at = :now WHERE id = :id AND ended_at IS NULL AND last_used_at < :now;

-- name: sessions_of_user(user_id, now, used_after)
SELECT id, started_at, last_used_at, expires_at, device, address FROM console_session
WHERE user_id = :user_id AND ended_at IS NULL AND expires_at > :now AND last_used_at > :used_after
ORDER BY last_used_at DESC, id;

-- name: end_session(id, user_id, at, ended_by)$
UPDATE console_session SET ended_at = :at, ended_by = :ended_by
WHERE id = :id AND user_id = :user_id AND ended_at IS NULL RETURNING id;

-- name: end_sessions(user_id, at, ended_by)
UPDATE console_session SET ended_at = :at, ended_by = :ended_by
WHERE user_id = :user_id AND ended_at IS NULL RETURNING id;

-- name: add_audit_event(at, way, user_id, session_id, token_id, act, subject, address, detail)!
-- null: user_id, session_id, token_id, address
INSERT INTO audit_event (at, way, user_id, session_id, token_id, act, subject, address, detail)
VALUES (:at, :way, :user_id, :session_id, :token_id, :act, :subject, :address, :detail);

-- name: refused_sign_ins(address, since, most)$
-- not null: refused_sign_ins
-- Counted no further than what matters.
SELECT count(*) AS refused_sign_ins FROM (
    SELECT 1 FROM audit_event WHERE act = 'sign_in_refused' AND address = :address AND at > :since LIMIT :most) found;

-- name: begin_press(digest, now, abandoned)$
-- Of two at once one begins. What was cut off without an answer begins again.
INSERT INTO console_press (digest, began_at) VALUES (:digest, :now)
ON CONFLICT (digest) DO UPDATE SET began_at = :now
    WHERE console_press.answer IS NULL AND console_press.began_at <= :abandoned
RETURNING digest;

-- name: press_answer(digest)$
SELECT answer FROM console_press WHERE digest = :digest;

-- name: keep_press(digest, answer)!
UPDATE console_press SET answer = :answer WHERE digest = :digest;

-- name: forget_press(digest)!
DELETE FROM console_press WHERE digest = :digest;

-- name: add_attempt(hash, browser, kind, detail, expires_at)!
INSERT INTO sign_in_attempt (hash, browser, kind, detail, expires_at)
VALUES (:hash, :browser, :kind, :detail, :expires_at);

-- name: take_attempt(hash, browser, kind, now)$
-- Once, by the browser that began it.
DELETE FROM sign_in_attempt WHERE hash = :hash AND browser = :browser AND kind = :kind AND expires_at > :now
RETURNING detail;

-- name: drop_old_attempts(now)!
DELETE FROM sign_in_attempt WHERE expires_at <= :now;

-- name: user_of_identity(issuer, subject)^
SELECT u.id, u.disabled_at FROM user_identity i JOIN console_user u ON u.id = i.user_id
WHERE i.issuer = :issuer AND i.subject = :subject;

-- name: invited_by_address(email_key, issuer)^
-- not null: has_account
SELECT id, disabled_at, EXISTS (SELECT 1 FROM user_identity i WHERE i.user_id = console_user.id AND i.issuer = :issuer)
    AS has_account
FROM console_user WHERE email_key = :email_key;

-- name: add_user_identity(issuer, subject, user_id, at)!
INSERT INTO user_identity (issuer, subject, user_id, linked_at, last_used_at)
VALUES (:issuer, :subject, :user_id, :at, :at);

-- name: use_user_identity(issuer, subject, at)!
UPDATE user_identity SET last_used_at = :at WHERE issuer = :issuer AND subject = :subject;

-- name: passkeys_of_user(user_id)
SELECT id, name, is_synced, made_at, last_used_at FROM passkey WHERE user_id = :user_id ORDER BY made_at, id;

-- name: add_passkey(id, user_id, public_key, sign_count, is_synced, name, at)$
INSERT INTO passkey (id, user_id, public_key, sign_count, is_synced, name, made_at)
VALUES (:id, :user_id, :public_key, :sign_count, :is_synced, :name, :at)
ON CONFLICT (id) DO NOTHING RETURNING user_id;

-- name: passkey_to_check(id)^
-- Two uses at once see each other's count.
SELECT p.user_id, p.public_key, p.sign_count FROM passkey p JOIN console_user u ON u.id = p.user_id
WHERE p.id = :id AND u.disabled_at IS NULL FOR UPDATE OF p;

-- name: use_passkey(id, sign_count, at)!
UPDATE passkey SET sign_count = :sign_count, last_used_at = :at WHERE id = :id;

-- name: remove_passkey(id, user_id)$
DELETE FROM passkey WHERE id = :id AND user_id = :user_id RETURNING name;

-- name: look_at_attempt(hash, browser, kind, now)$
SELECT detail FROM sign_in_attempt WHERE hash = :hash AND browser = :browser AND kind = :kind AND expires_at > :now;

-- name: prove_session(id, at)!
UPDATE console_session SET proved_at = :at WHERE id = :id AND ended_at IS NULL;

-- name: ways_of_user(user_id)^
-- not null: passkeys, accounts
SELECT (SELECT count(*) FROM passkey WHERE user_id = :user_id) AS passkeys,
       (SELECT count(*) FROM user_identity WHERE user_id = :user_id) AS accounts;

-- name: remove_passkeys_of(user_id)!
DELETE FROM passkey WHERE user_id = :user_id;

-- name: remove_identities_of(user_id)!
DELETE FROM user_identity WHERE user_id = :user_id;

-- name: audit_names(kinds, ids)
-- not null: kind, id, name
-- What the subjects of audit events are called; what has no name, or is gone, is left out.
WITH asked AS (SELECT * FROM unnest(:kinds::text[], :ids::text[]) AS a (kind, id))
SELECT a.kind, a.id, concat_ws(' ', p.first_name, p.last_name) AS name
FROM asked a JOIN person p ON p.id = a.id WHERE a.kind = 'person'
UNION ALL
SELECT a.kind, a.id, v.name FROM asked a CROSS JOIN LATERAL (
    SELECT coalesce(definition ->> 'name', sequence) AS name FROM sequence_version
    WHERE sequence = a.id ORDER BY version DESC LIMIT 1) v
WHERE a.kind = 'name'
UNION ALL
SELECT a.kind, a.id, v.name FROM asked a JOIN rule_batch b ON b.id = a.id CROSS JOIN LATERAL (
    SELECT coalesce(definition ->> 'name', sequence) AS name FROM sequence_version
    WHERE sequence = b.sequence ORDER BY version DESC LIMIT 1) v
WHERE a.kind = 'batch'
UNION ALL
SELECT a.kind, a.id, u.name FROM asked a JOIN console_user u ON u.id = a.id WHERE a.kind = 'user'
UNION ALL
SELECT a.kind, a.id, concat_ws(' ', o.first_name, o.last_name)
FROM asked a JOIN owner o ON o.id = a.id WHERE a.kind = 'owner'
UNION ALL
SELECT a.kind, a.id, concat_ws(' ', p.first_name, p.last_name)
FROM asked a JOIN reaction r ON r.id = a.id JOIN person p ON p.id = r.person_id WHERE a.kind = 'reply'
UNION ALL
SELECT a.kind, a.id, concat_ws(' ', p.first_name, p.last_name)
FROM asked a JOIN send s ON s.id = a.id JOIN person p ON p.id = s.person_id WHERE a.kind = 'send'
UNION ALL
SELECT a.kind, a.id, concat_ws(' ', p.first_name, p.last_name)
FROM asked a JOIN suppression s ON s.id = CASE WHEN a.id ~ '^[0-9]{1,18}$' THEN a.id::bigint END
JOIN person p ON p.id = s.person_id WHERE a.kind = 'suppression'
UNION ALL
SELECT a.kind, a.id, t.title FROM asked a JOIN task t ON t.id = a.id WHERE a.kind = 'task'
UNION ALL
SELECT a.kind, a.id, coalesce(i.sender, '') FROM asked a JOIN inbound i ON i.id = a.id WHERE a.kind = 'inbound'
UNION ALL
SELECT a.kind, a.id, f.name FROM asked a JOIN people_file f ON f.id = a.id WHERE a.kind = 'file'
UNION ALL
SELECT a.kind, a.id, b.address FROM asked a JOIN mailbox b ON b.id = a.id WHERE a.kind = 'mailbox'
UNION ALL
SELECT a.kind, a.id, g.name FROM asked a JOIN api_token g ON g.id = a.id WHERE a.kind = 'token'
UNION ALL
SELECT a.kind, a.id, w.name FROM asked a JOIN webhook_endpoint w ON w.id = a.id WHERE a.kind = 'endpoint';
