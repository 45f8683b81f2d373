-- When a provider last told of new mail in a mailbox; and scopes of tokens that only save drafts, or only judge replies.
-- depends: 0400_mailbox_push 0420_outcome_counts

-- migrate: apply
ALTER TABLE mailbox_push ADD COLUMN heard_at timestamptz;

ALTER TABLE api_token DROP CONSTRAINT api_token_scopes_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_scopes_check CHECK (
    scopes <@ ARRAY['hooks', 'enroll', 'read', 'draft', 'judge', 'steer', 'admin'] AND scopes <> '{}'
);

-- migrate: rollback
-- A token must not get more than it was given.
DELETE FROM api_token WHERE scopes <@ ARRAY['draft', 'judge'];
UPDATE api_token SET scopes = array_remove(array_remove(scopes, 'draft'), 'judge') WHERE scopes && ARRAY['draft', 'judge'];
ALTER TABLE api_token DROP CONSTRAINT api_token_scopes_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_scopes_check CHECK (
    scopes <@ ARRAY['hooks', 'enroll', 'read', 'steer', 'admin'] AND scopes <> '{}'
);

ALTER TABLE mailbox_push DROP COLUMN heard_at;
