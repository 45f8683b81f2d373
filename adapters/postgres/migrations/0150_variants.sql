-- Which variant of its step a message is.
-- depends: 0003_messages

-- migrate: apply
-- None: the step had no variants when the message was written.
ALTER TABLE send ADD COLUMN variant text;

-- migrate: rollback
ALTER TABLE send DROP COLUMN variant;
