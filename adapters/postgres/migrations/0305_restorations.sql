-- That this database was restored from a backup, and until when the lost one may have been used.
-- depends: 0170_hold_on_everything

-- migrate: apply
CREATE TABLE restoration (
    id text PRIMARY KEY CHECK (id ~ '^b[a-z0-9]{10,40}$'),
    -- what the rows know ends here
    backup_at timestamptz NOT NULL,
    -- what was due until then may have gone out, without a row that says so
    lost_at timestamptz NOT NULL,
    restored_at timestamptz NOT NULL,
    -- when rows and Temporal had been compared; until then everything is on hold
    settled_at timestamptz
);
CREATE UNIQUE INDEX restoration_unsettled ON restoration ((settled_at IS NULL)) WHERE settled_at IS NULL;

-- migrate: rollback
DROP TABLE restoration;
