-- name: draft_of(sequence)^
-- The draft of a sequence, with the name of who saved it.
SELECT d.sequence, d.revision, d.files, d.attachments, d.based_on, d.changed_at,
       -- who came by the API has no user, and their token's name
       coalesce(nullif(u.name, ''), u.email, substring(d.changed_by FROM '^(token:.+|HTTP)$')) AS changed_by
FROM sequence_draft d LEFT JOIN console_user u ON u.id = d.changed_by
WHERE d.sequence = :sequence;

-- name: put_draft(sequence, revision, files, attachments, based_on, by, now)!
-- null: based_on
INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at)
VALUES (:sequence, :revision, :files, :attachments, :based_on, :by, :now)
ON CONFLICT (sequence) DO UPDATE
SET revision = excluded.revision, files = excluded.files, attachments = excluded.attachments,
    based_on = excluded.based_on, changed_by = excluded.changed_by, changed_at = excluded.changed_at;

-- name: drop_draft(sequence)!
-- Its files go with it.
DELETE FROM sequence_draft WHERE sequence = :sequence;

-- name: draft_files(sequence, hashes)
SELECT sha256, content FROM draft_file WHERE sequence = :sequence AND sha256 = ANY(:hashes);

-- name: put_draft_file(sequence, sha256, content)!
INSERT INTO draft_file (sequence, sha256, content) VALUES (:sequence, :sha256, :content) ON CONFLICT DO NOTHING;

-- name: drop_draft_files(sequence, hashes)!
-- All but those.
DELETE FROM draft_file WHERE sequence = :sequence AND sha256 <> ALL(:hashes);

-- name: source_of(sequence, version)$
-- The text from which a version was published, where it is known.
SELECT text FROM sequence_source WHERE sequence = :sequence AND version = :version;

-- name: put_source(sequence, version, text)!
-- The same version again may come with other comments: the newest text counts.
INSERT INTO sequence_source (sequence, version, text) VALUES (:sequence, :version, :text)
ON CONFLICT (sequence, version) DO UPDATE SET text = excluded.text;

-- name: newest_forms()
SELECT DISTINCT ON (form) form, definition FROM form_version ORDER BY form, version DESC;
