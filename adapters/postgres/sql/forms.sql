-- name: lock_form(form)!
SELECT pg_advisory_xact_lock(hashtextextended('form:' || :form, 0));

-- name: newest_form(form)^
SELECT * FROM form_version WHERE form = :form ORDER BY version DESC LIMIT 1;

-- name: form_version_row(form, version)^
SELECT * FROM form_version WHERE form = :form AND version = :version;

-- name: add_form_version(form, version, definition, fingerprint, published_at)!
INSERT INTO form_version (form, version, definition, fingerprint, published_at)
VALUES (:form, :version, :definition, :fingerprint, :published_at);

-- name: put_form_link(id, enrollment_id, form, version, at, expires_at)!
-- A page in which something came in stays the one that it was.
INSERT INTO form_link (id, enrollment_id, form, version, made_at, expires_at)
VALUES (:id, :enrollment_id, :form, :version, :at, :expires_at)
ON CONFLICT (id) DO UPDATE SET
    version = CASE WHEN form_link.submitted_at IS NULL THEN excluded.version ELSE form_link.version END,
    expires_at = greatest(form_link.expires_at, excluded.expires_at);

-- name: form_link_row(id)^
SELECT * FROM form_link WHERE id = :id;

-- name: lock_form_link(id)^
SELECT * FROM form_link WHERE id = :id FOR UPDATE;

-- name: newest_submission(link_id)^
SELECT * FROM form_submission WHERE link_id = :link_id ORDER BY number DESC LIMIT 1;

-- name: add_submission(id, link_id, number, version, at, digest, answers, consent)!
INSERT INTO form_submission (id, link_id, number, version, at, digest, answers, consent)
VALUES (:id, :link_id, :number, :version, :at, :digest, :answers, :consent);

-- name: mark_form_submitted(id, at)!
UPDATE form_link SET submitted_at = coalesce(submitted_at, :at) WHERE id = :id;

-- name: revoke_form_links(enrollment_id, form, at)
-- not null: id
UPDATE form_link SET revoked_at = coalesce(revoked_at, :at)
WHERE enrollment_id = :enrollment_id AND form = :form RETURNING id;

-- name: uploads_of_link(link_id)
-- The newest file of each field.
SELECT DISTINCT ON (u.field) u.* FROM upload u JOIN form_submission s ON s.id = u.submission_id
WHERE s.link_id = :link_id ORDER BY u.field, s.number DESC, u.id;

-- name: upload_row(id)^
SELECT * FROM upload WHERE id = :id;

-- name: add_upload(id, submission_id, field, name, file, kind, size, sha256, at)!
INSERT INTO upload (id, submission_id, field, name, file, kind, size, sha256, at)
VALUES (:id, :submission_id, :field, :name, :file, :kind, :size, :sha256, :at);
