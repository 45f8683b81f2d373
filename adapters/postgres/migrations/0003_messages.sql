-- What goes out and what comes back.
-- depends: 0002_runs

-- migrate: apply
CREATE TABLE send (
    id text PRIMARY KEY CHECK (id ~ '^s[a-z0-9]{10,40}$'),
    enrollment_id text NOT NULL REFERENCES enrollment,
    step text NOT NULL,
    person_id text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    state text NOT NULL CHECK (state IN ('planned', 'claimed', 'sent', 'refused', 'failed', 'unknown')),
    sender text NOT NULL,
    recipient text NOT NULL,
    subject text,
    message_id text UNIQUE,
    content bytea NOT NULL,
    text text NOT NULL,
    planned_at timestamptz NOT NULL,
    claimed_at timestamptz,
    claimed_by text,
    decided_at timestamptz,
    provider_message_id text,
    provider_status text,
    code text,
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    -- at most once: one row, and so one claim, per step of a run
    UNIQUE (enrollment_id, step)
);
CREATE INDEX send_person ON send (person_id, channel, claimed_at);
CREATE INDEX send_provider ON send (provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE INDEX send_recipient ON send (channel, recipient);
CREATE TABLE send_link (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9]{10,40}$'),
    send_id text NOT NULL REFERENCES send,
    position integer NOT NULL,
    target text NOT NULL,
    UNIQUE (send_id, position)
);
CREATE TABLE hit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    link_id text NOT NULL REFERENCES send_link,
    at timestamptz NOT NULL,
    method text NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('human', 'machine'))
);
CREATE TABLE inbound (
    id text PRIMARY KEY,
    -- what makes a second delivery of the same thing recognisable: Message-ID and hash, MessageSid, event id
    key text NOT NULL UNIQUE,
    channel text NOT NULL,
    received_at timestamptz NOT NULL,
    raw bytea NOT NULL,
    event text NOT NULL,
    sender text,
    text text NOT NULL DEFAULT '',
    reply_text text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    matched_by text,
    send_id text REFERENCES send,
    state text NOT NULL CHECK (state IN ('matched', 'unmatched', 'ignored'))
);
CREATE TABLE reaction (
    id text PRIMARY KEY CHECK (id ~ '^r[a-z0-9]{10,40}$'),
    key text NOT NULL UNIQUE,
    enrollment_id text NOT NULL REFERENCES enrollment,
    person_id text NOT NULL,
    kind text NOT NULL,
    channel text,
    send_id text REFERENCES send,
    inbound_id text REFERENCES inbound,
    -- a person's own words or click: holds every send of this run until it is handled
    holds boolean NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    received_at timestamptz NOT NULL,
    delivered_at timestamptz,
    late boolean NOT NULL DEFAULT false,
    label text,
    confidence double precision,
    intent text,
    opt_out boolean,
    held_for_review boolean,
    score_reasons text[],
    handled_at timestamptz,
    decision text,
    decision_reason text
);
CREATE INDEX reaction_open ON reaction (enrollment_id) WHERE handled_at IS NULL;
CREATE INDEX reaction_undelivered ON reaction (received_at) WHERE delivered_at IS NULL;
CREATE TABLE suppression (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id text,
    address text,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'all')),
    reason text NOT NULL,
    source text NOT NULL,
    since timestamptz NOT NULL,
    lifted_at timestamptz,
    CHECK (person_id IS NOT NULL OR address IS NOT NULL)
);
CREATE UNIQUE INDEX suppression_once ON suppression (coalesce(person_id, ''), coalesce(address, ''), channel, reason)
    WHERE lifted_at IS NULL;
CREATE INDEX suppression_address ON suppression (address) WHERE lifted_at IS NULL;

-- migrate: rollback
DROP TABLE suppression, reaction, inbound, hit, send_link, send;
