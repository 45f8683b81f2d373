-- Receivers of webhooks with a secret of their own, and what each try came to.
-- depends: 0260_api_tokens

-- migrate: apply
CREATE TABLE webhook_endpoint (
    id text PRIMARY KEY CHECK (id ~ '^o[a-z0-9]{10,40}$'),
    name text NOT NULL,
    -- as it is posted to: the host in ASCII
    url text NOT NULL,
    -- sealed with a key of the settings: without them it opens nothing
    secret bytea NOT NULL,
    -- after a rotation both sign until then
    former_secret bytea,
    former_until timestamptz,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    rotated_at timestamptz,
    removed_at timestamptz,
    removed_by text
);
CREATE UNIQUE INDEX webhook_endpoint_name ON webhook_endpoint (name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX webhook_endpoint_url ON webhook_endpoint (url) WHERE removed_at IS NULL;

CREATE TABLE webhook_try (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url text NOT NULL,
    -- of the delivery, or of a test event
    webhook_id text NOT NULL,
    at timestamptz NOT NULL,
    -- done, again, dead
    outcome text NOT NULL,
    -- nothing that the receiver wrote
    words text NOT NULL
);
CREATE INDEX webhook_try_at ON webhook_try (at, id);
CREATE INDEX webhook_try_url ON webhook_try (url, at, id);

-- migrate: rollback
DROP TABLE webhook_try;
DROP TABLE webhook_endpoint;
