-- Sequences that nobody enters any more, and that lists leave out.
-- depends: 0220_jobs

-- migrate: apply
CREATE TABLE archived_sequence (
    sequence text PRIMARY KEY,
    archived_at timestamptz NOT NULL,
    -- id of a user; null: not known, as on the command line
    archived_by text
);

-- migrate: rollback
DROP TABLE archived_sequence;
