-- Who may use the console, how they sign in, and what they did.
-- depends: 0160_message_tests

-- migrate: apply
CREATE TABLE console_user (
    id text PRIMARY KEY CHECK (id ~ '^u[a-z0-9]{10,40}$'),
    -- as it was invited, and as addresses are compared
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('recruiter', 'lead', 'admin', 'auditor')),
    -- whose people are theirs
    owner_id text,
    team text,
    timezone text,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE INDEX console_user_team ON console_user (team) WHERE team IS NOT NULL;

-- Links are secrets: what is stored does not open anything.
CREATE TABLE sign_in_link (
    hash bytea PRIMARY KEY,
    -- None: it makes the first admin
    user_id text REFERENCES console_user,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- used, or replaced by a newer one
    spent_at timestamptz
);
CREATE INDEX sign_in_link_open ON sign_in_link (user_id) WHERE spent_at IS NULL;

CREATE TABLE console_session (
    id text PRIMARY KEY CHECK (id ~ '^c[a-z0-9]{10,40}$'),
    hash bytea NOT NULL UNIQUE,
    user_id text NOT NULL REFERENCES console_user,
    started_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    -- at the latest, however much it is used
    expires_at timestamptz NOT NULL,
    device text NOT NULL,
    address text NOT NULL,
    ended_at timestamptz,
    ended_by text
);
CREATE INDEX console_session_open ON console_session (user_id) WHERE ended_at IS NULL;

CREATE TABLE audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    way text NOT NULL CHECK (way IN ('console', 'cli')),
    user_id text,
    session_id text,
    act text NOT NULL,
    -- kind and id, such as person:p1
    subject text NOT NULL DEFAULT '',
    address text,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_event_at ON audit_event (at, id);
CREATE INDEX audit_event_user ON audit_event (user_id, at, id);
CREATE INDEX audit_event_refused ON audit_event (address, at) WHERE act = 'sign_in_refused';

CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_event is append-only: rows are never changed or deleted';
END $$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_is_kept();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();

-- migrate: rollback
DROP TABLE audit_event;
DROP FUNCTION audit_is_kept;
DROP TABLE console_session;
DROP TABLE sign_in_link;
DROP TABLE console_user;
