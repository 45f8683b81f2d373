-- When a provider last told of new mail in a mailbox, so that people can see whether it does.
-- depends: 0400_mailbox_push 0420_outcome_counts

-- migrate: apply
ALTER TABLE mailbox_push ADD COLUMN heard_at timestamptz;

-- migrate: rollback
ALTER TABLE mailbox_push DROP COLUMN heard_at;
