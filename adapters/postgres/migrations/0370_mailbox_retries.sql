-- A mailbox whose server refused the login is tried again by itself, and people are not told of each refusal.
-- depends: 0340_crm

-- migrate: apply
ALTER TABLE mailbox
    -- when its login is tried again; null: nobody tries it, for it works, or only a person can help
    ADD COLUMN retry_at timestamptz,
    -- when people were told last that it is disconnected; null: not since a person connected it
    ADD COLUMN notified_at timestamptz;
CREATE INDEX mailbox_to_retry ON mailbox (retry_at) WHERE retry_at IS NOT NULL;

-- migrate: rollback
DROP INDEX mailbox_to_retry;
ALTER TABLE mailbox DROP COLUMN retry_at, DROP COLUMN notified_at;
