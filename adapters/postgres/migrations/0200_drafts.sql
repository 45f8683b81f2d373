-- Sequences as people write them in the console, and the text from which a version was published.
-- depends: 0195_console

-- migrate: apply
-- What is not published yet. One draft a sequence: who saves a file says which text was changed.
CREATE TABLE sequence_draft (
    sequence text PRIMARY KEY,
    revision integer NOT NULL CHECK (revision > 0),
    -- texts by path: the sequence file, and those of its templates
    files jsonb NOT NULL,
    -- what templates attach or show, base64 by path
    attachments jsonb NOT NULL,
    -- newest version when it was begun; null: none was published
    based_on integer,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL
);

-- The file of a version, with its comments. Versions from before have none: their text is made from the definition.
CREATE TABLE sequence_source (
    sequence text NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (sequence, version),
    FOREIGN KEY (sequence, version) REFERENCES sequence_version
);

-- migrate: rollback
DROP TABLE sequence_source, sequence_draft;
