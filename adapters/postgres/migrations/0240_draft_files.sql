-- Files that the templates of a draft attach or show: their bytes once for each draft, however often they are named.
-- depends: 0200_drafts

-- migrate: apply
CREATE TABLE draft_file (
    sequence text NOT NULL REFERENCES sequence_draft ON DELETE CASCADE,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    content bytea NOT NULL,
    PRIMARY KEY (sequence, sha256)
);
-- Pictures and documents are small already.
ALTER TABLE draft_file ALTER content SET STORAGE EXTERNAL;

INSERT INTO draft_file (sequence, sha256, content)
SELECT sequence, encode(sha256(decode(value, 'base64')), 'hex'), decode(value, 'base64')
FROM sequence_draft, jsonb_each_text(attachments)
ON CONFLICT DO NOTHING;

-- By path: what was the content is now its hash and its size.
UPDATE sequence_draft
SET attachments = (
    SELECT jsonb_object_agg(key, jsonb_build_object(
        'sha256', encode(sha256(decode(value, 'base64')), 'hex'),
        'size', length(decode(value, 'base64'))
    ))
    FROM jsonb_each_text(attachments)
)
WHERE attachments <> '{}';

-- migrate: rollback
UPDATE sequence_draft d
SET attachments = (
    SELECT jsonb_object_agg(a.key, translate(encode(f.content, 'base64'), E'\n', ''))
    FROM jsonb_each(d.attachments) a JOIN draft_file f ON f.sequence = d.sequence AND f.sha256 = a.value ->> 'sha256'
)
WHERE attachments <> '{}';
DROP TABLE draft_file;
