-- Mailboxes whose inbox is read by the HTTP interface of their provider.
-- depends: 0320_own_mailboxes 0330_mailbox_grants

-- migrate: apply
ALTER TABLE mailbox DROP CONSTRAINT mailbox_inbound_check;
ALTER TABLE mailbox ADD CONSTRAINT mailbox_inbound_check CHECK (inbound IN ('organisation', 'imap', 'api'));

-- migrate: rollback
UPDATE mailbox SET inbound = 'organisation', reply_to = 'signed' WHERE inbound = 'api';
ALTER TABLE mailbox DROP CONSTRAINT mailbox_inbound_check;
ALTER TABLE mailbox ADD CONSTRAINT mailbox_inbound_check CHECK (inbound IN ('organisation', 'imap'));
