-- Mailboxes whose provider lets us in by OAuth, and how far a mailbox was read by its provider's interface.
-- depends: 0305_restorations

-- migrate: apply
CREATE TABLE mailbox_grant (
    -- of the mailbox, in lower case
    address text PRIMARY KEY,
    provider text NOT NULL CHECK (provider IN ('google', 'microsoft')),
    -- what was asked for: its SMTP and IMAP servers, or its HTTP interface
    access text NOT NULL CHECK (access IN ('servers', 'api')),
    -- the provider's id of the account, which never changes
    subject text NOT NULL,
    -- sealed with a key of the settings: without them they open nothing
    refresh_token bytea,
    access_token bytea,
    access_until timestamptz,
    connected_at timestamptz NOT NULL,
    -- kind and id, such as user:u1
    connected_by text NOT NULL,
    refreshed_at timestamptz,
    -- one process at a time refreshes; a lease ends by itself when that process dies
    refreshing_by text,
    refreshing_until timestamptz,
    ended_at timestamptz,
    ended_why text,
    -- what is over keeps no token
    CHECK ((ended_at IS NULL) = (refresh_token IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
    CHECK (ended_at IS NULL OR access_token IS NULL)
);

-- as imap_watermark, for mailboxes that are read by an interface of their provider
CREATE TABLE mailbox_watermark (
    -- a hash: the user is an address
    mailbox text PRIMARY KEY,
    -- the provider's own mark; all before it is stored. Empty: it has forgotten it, and what came since is looked for
    position text NOT NULL,
    -- all that came before this is stored
    read_until timestamptz NOT NULL,
    moved_at timestamptz NOT NULL
);
CREATE TABLE mailbox_skipped (
    mailbox text NOT NULL,
    -- the provider's id of a message that could not be stored
    message text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (mailbox, message)
);

-- migrate: rollback
DROP TABLE mailbox_skipped;
DROP TABLE mailbox_watermark;
DROP TABLE mailbox_grant;
