-- Passkeys of users of the console.
-- depends: 0216_sign_in_ways

-- migrate: apply
CREATE TABLE passkey (
    -- as the authenticator made it
    id bytea PRIMARY KEY,
    user_id text NOT NULL REFERENCES console_user,
    public_key bytea NOT NULL,
    -- goes up with each use, or stays 0; one that goes down is a copy
    sign_count bigint NOT NULL,
    -- also on the user's other devices
    is_synced boolean NOT NULL,
    name text NOT NULL,
    made_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX passkey_user ON passkey (user_id);

-- migrate: rollback
DROP TABLE passkey;
