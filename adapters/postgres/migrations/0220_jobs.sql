-- Jobs: long work that somebody asked for, which goes on without their page.
-- depends: 0190_users

-- migrate: apply
CREATE TABLE job (
    id text PRIMARY KEY CHECK (id ~ '^j[a-z0-9]{10,40}$'),
    kind text NOT NULL,
    -- what it is about: kind and id, such as sequence:new-services
    subject text NOT NULL,
    -- what is asked, as the kind reads it; ids and numbers, no personal data
    request jsonb NOT NULL DEFAULT '{}',
    user_id text,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    -- null: not counted yet
    total int,
    done int NOT NULL DEFAULT 0,
    result text,
    notes text[] NOT NULL DEFAULT '{}',
    problem text,
    created_at timestamptz NOT NULL,
    -- a try that failed waits until then
    not_before timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    cancel_asked_at timestamptz,
    cancelled_by text,
    -- which process carries it out, and when that last said so; one that is silent for long has lost it
    runner text,
    beat_at timestamptz,
    -- claims since it last came further
    tries int NOT NULL DEFAULT 0
);
CREATE INDEX job_open ON job (created_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX job_by_age ON job (created_at DESC, id DESC);
CREATE INDEX job_of_subject ON job (subject, created_at DESC);

-- migrate: rollback
DROP TABLE job;
