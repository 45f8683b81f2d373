-- Named tokens of the HTTP API, and what they do in the audit log.
-- depends: 0221_archived_sequences

-- migrate: apply
CREATE TABLE api_token (
    -- part of the token itself, so that a token that is found somewhere says which one it is
    id text PRIMARY KEY CHECK (id ~ '^g[a-z0-9]{10,40}$'),
    name text NOT NULL,
    scopes text[] NOT NULL CHECK (scopes <@ ARRAY['hooks', 'enroll', 'read', 'steer', 'admin'] AND scopes <> '{}'),
    -- of the secret: what is stored opens nothing
    hash bytea NOT NULL,
    -- after a rotation the former secret is good until then
    former_hash bytea,
    former_until timestamptz,
    created_at timestamptz NOT NULL,
    -- kind and id, such as user:u1 or token:g1; or the way in
    created_by text NOT NULL,
    rotated_at timestamptz,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by text
);
-- A revoked token leaves its name to another one.
CREATE UNIQUE INDEX api_token_name ON api_token (name) WHERE revoked_at IS NULL;

ALTER TABLE audit_event DROP CONSTRAINT audit_event_way_check;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_way_check CHECK (way IN ('console', 'cli', 'api')) NOT VALID;
-- of a call of the API; null there: a bearer token of the settings
ALTER TABLE audit_event ADD COLUMN token_id text;
CREATE INDEX audit_event_token ON audit_event (token_id, at, id) WHERE token_id IS NOT NULL;

-- migrate: rollback
ALTER TABLE audit_event DROP COLUMN token_id;
ALTER TABLE audit_event DROP CONSTRAINT audit_event_way_check;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_way_check CHECK (way IN ('console', 'cli')) NOT VALID;
DROP TABLE api_token;
