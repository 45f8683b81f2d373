-- Files of people that somebody uploads in the console, from the upload to the end of the import.
-- depends: 0195_console

-- migrate: apply
CREATE TABLE people_file (
    id text PRIMARY KEY,
    -- who uploaded it; others do not see it
    user_id text NOT NULL,
    name text NOT NULL,
    -- null: it was imported
    content bytea,
    -- columns, dates and sequence as the user chose them
    choices jsonb NOT NULL DEFAULT '{}',
    uploaded_at timestamptz NOT NULL
);
CREATE INDEX people_file_by_age ON people_file (uploaded_at);

-- migrate: rollback
DROP TABLE people_file;
