-- Messages that were sent as a test: to own addresses, of no run, and counted nowhere.
-- depends: 0003_messages

-- migrate: apply
CREATE TABLE message_test (
    id text PRIMARY KEY CHECK (id ~ '^t[a-z0-9]{10,40}$'),
    -- of what was asked for: the same key with another request is refused
    digest text NOT NULL,
    sequence text NOT NULL,
    -- 0: the file was not published
    version integer NOT NULL,
    step text NOT NULL,
    variant text,
    person_id text NOT NULL,
    channel text NOT NULL,
    sender text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL CHECK (state IN ('claimed', 'sent', 'failed', 'unknown')),
    claimed_at timestamptz NOT NULL,
    settled_at timestamptz,
    provider_message_id text,
    code text,
    reason text
);

-- migrate: rollback
DROP TABLE message_test;
