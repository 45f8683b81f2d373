-- Signing in by an identity provider, and proving once more who it is.
-- depends: 0215_console_once

-- migrate: apply
-- What a browser began and brings back once: a state of OpenID Connect, a challenge of a passkey.
CREATE TABLE sign_in_attempt (
    -- of the secret that comes back
    hash bytea PRIMARY KEY,
    -- of the secret in the browser's cookie, or of the session: nobody else can bring it back
    browser bytea NOT NULL,
    kind text NOT NULL,
    detail jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_expires ON sign_in_attempt (expires_at);

-- The account of a user at an identity provider: its id there never changes, an address can be given to others.
CREATE TABLE user_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id text NOT NULL REFERENCES console_user,
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);

-- When the user last proved who they are; null: when the session began.
ALTER TABLE console_session ADD COLUMN proved_at timestamptz;

-- migrate: rollback
ALTER TABLE console_session DROP COLUMN proved_at;
DROP TABLE user_identity;
DROP TABLE sign_in_attempt;
