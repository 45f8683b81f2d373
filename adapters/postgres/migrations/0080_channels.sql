-- Which channels there are is said in code (sequences.channels), not in every table: a column holds a name of that form.
-- depends: 0003_messages 0005_mailboxes 0018_address_keys

-- migrate: apply
-- NOT VALID: the old constraint was narrower, so there is nothing to look through, and no table is locked for long.
ALTER TABLE send DROP CONSTRAINT send_channel_check,
    ADD CONSTRAINT send_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;
ALTER TABLE suppression DROP CONSTRAINT suppression_channel_check,
    ADD CONSTRAINT suppression_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;
ALTER TABLE suppressed_address DROP CONSTRAINT suppressed_address_channel_check,
    ADD CONSTRAINT suppressed_address_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;
ALTER TABLE mailbox DROP CONSTRAINT mailbox_channel_check,
    ADD CONSTRAINT mailbox_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;
ALTER TABLE mailbox_back_off DROP CONSTRAINT mailbox_back_off_channel_check,
    ADD CONSTRAINT mailbox_back_off_channel_check CHECK (channel ~ '^[a-z][a-z0-9_]{0,30}$') NOT VALID;

-- migrate: rollback
ALTER TABLE mailbox_back_off DROP CONSTRAINT mailbox_back_off_channel_check,
    ADD CONSTRAINT mailbox_back_off_channel_check CHECK (channel IN ('email', 'sms'));
ALTER TABLE mailbox DROP CONSTRAINT mailbox_channel_check,
    ADD CONSTRAINT mailbox_channel_check CHECK (channel IN ('email', 'sms'));
ALTER TABLE suppressed_address DROP CONSTRAINT suppressed_address_channel_check,
    ADD CONSTRAINT suppressed_address_channel_check CHECK (channel IN ('email', 'sms', 'all'));
ALTER TABLE suppression DROP CONSTRAINT suppression_channel_check,
    ADD CONSTRAINT suppression_channel_check CHECK (channel IN ('email', 'sms', 'all'));
ALTER TABLE send DROP CONSTRAINT send_channel_check,
    ADD CONSTRAINT send_channel_check CHECK (channel IN ('email', 'sms'));
