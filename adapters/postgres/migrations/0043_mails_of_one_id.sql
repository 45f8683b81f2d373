-- Mails of one Message-ID are found: one that a list or a gateway has changed on one of its ways is the same mail.
-- depends: 0038_claim

-- migrate: apply
CREATE INDEX inbound_message_id ON inbound (key COLLATE "C") WHERE key LIKE 'content:<%';

-- migrate: rollback
DROP INDEX inbound_message_id;
