-- Everything of one sequence, or of one owner, that must not send for now.
-- depends: 0004_follow_ups

-- migrate: apply
CREATE TABLE hold (
    id text PRIMARY KEY CHECK (id ~ '^h[a-z0-9]{10,40}$'),
    scope text NOT NULL CHECK (scope IN ('sequence', 'owner')),
    key text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    ended_at timestamptz,
    -- commands a second when it began
    rate integer NOT NULL CHECK (rate > 0)
);
-- The claim of a send asks this on every message.
CREATE UNIQUE INDEX hold_standing ON hold (scope, key) WHERE ended_at IS NULL;
CREATE TABLE hold_run (
    -- a run has one open pause at the most, and so one hold that made it
    enrollment_id text PRIMARY KEY,
    paused_at timestamptz NOT NULL,
    hold_id text NOT NULL REFERENCES hold,
    FOREIGN KEY (enrollment_id, paused_at) REFERENCES enrollment_pause (enrollment_id, started_at)
);
CREATE INDEX hold_run_hold ON hold_run (hold_id, enrollment_id);
CREATE INDEX enrollment_open_sequence ON enrollment (sequence, id) WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX enrollment_open_owner ON enrollment (owner_id, id) WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX enrollment_pause_open ON enrollment_pause (enrollment_id) WHERE ended_at IS NULL;

-- migrate: rollback
DROP INDEX enrollment_pause_open, enrollment_open_owner, enrollment_open_sequence;
DROP TABLE hold_run, hold;
