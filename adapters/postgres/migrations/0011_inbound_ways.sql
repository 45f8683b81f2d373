-- How far each mailbox was read, what a signed webhook token was used for, and who attached what by hand.
-- depends: 0009_notices

-- migrate: apply
CREATE TABLE imap_watermark (
    -- a hash of server, user and folder: no address is kept here
    mailbox text PRIMARY KEY,
    uidvalidity bigint NOT NULL,
    -- every message up to this UID is stored
    uid bigint NOT NULL,
    -- messages up to this UID were there when reading began: of those, only the ones since that day are read
    bounded_until bigint NOT NULL,
    since date NOT NULL,
    moved_at timestamptz NOT NULL
);
CREATE TABLE imap_skipped (
    mailbox text NOT NULL,
    uidvalidity bigint NOT NULL,
    uid bigint NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (mailbox, uidvalidity, uid)
);
CREATE TABLE webhook_token (
    -- a hash of the provider's one-time token
    token text PRIMARY KEY,
    -- a hash of what came with it: the same again is a retry, anything else is a replay
    content text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX webhook_token_at ON webhook_token (at);
ALTER TABLE inbound ADD COLUMN attached_to text REFERENCES enrollment;
ALTER TABLE inbound ADD COLUMN attached_at timestamptz;
ALTER TABLE inbound ADD COLUMN attached_by text;

-- migrate: rollback
ALTER TABLE inbound DROP COLUMN attached_to, DROP COLUMN attached_at, DROP COLUMN attached_by;
DROP TABLE webhook_token, imap_skipped, imap_watermark;
