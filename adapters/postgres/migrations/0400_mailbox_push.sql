-- Providers that tell of new mail in a mailbox, so that it need not be looked for.
-- depends: 0380_last_sends

-- migrate: apply
CREATE TABLE mailbox_push (
    -- id of the mailbox
    mailbox text PRIMARY KEY,
    -- the provider's id of what was agreed; null: nothing is
    subscription text,
    -- where the provider tells: our address, or a topic
    address text,
    -- of the secret that comes back with what is told
    secret_hash bytea,
    -- until when it tells
    ends_at timestamptz,
    -- when the provider is asked again
    renew_at timestamptz NOT NULL,
    -- one process at a time asks; a lease ends by itself when that process dies
    asking_until timestamptz,
    -- in a row
    failures integer NOT NULL DEFAULT 0,
    problem text
);

-- migrate: rollback
DROP TABLE mailbox_push;
