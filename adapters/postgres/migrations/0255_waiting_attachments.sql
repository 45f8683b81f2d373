-- A message that a user attached to a run, and that they can still take back.
-- depends: 0195_console

-- migrate: apply
CREATE TABLE waiting_attachment (
    inbound_id text PRIMARY KEY REFERENCES inbound,
    enrollment_id text NOT NULL REFERENCES enrollment,
    asked_by text NOT NULL,
    user_id text NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX waiting_attachment_due ON waiting_attachment (due_at);

-- migrate: rollback
DROP TABLE waiting_attachment;
