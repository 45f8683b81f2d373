-- What came of rehearsals that were asked for in the console.
-- depends: 0220_jobs

-- migrate: apply
CREATE TABLE rehearsal (
    job_id text PRIMARY KEY,
    -- as `relance rehearse --json` prints it, without names; its subjects may hold personal data, so it is kept for a month
    result jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX rehearsal_by_age ON rehearsal (at);

-- migrate: rollback
DROP TABLE rehearsal;
