-- A reply that its owner got before it was judged: they hear once more if it is judged as something that concerns them.
-- depends: 0120_replies

-- migrate: apply
-- unjudged: nothing was known of its meaning when it was passed on
-- again: it waits, or waited, for a second time, with its judgement alone
ALTER TABLE reply_forwarding ADD COLUMN unjudged boolean NOT NULL DEFAULT false,
    ADD COLUMN again boolean NOT NULL DEFAULT false;

-- migrate: rollback
-- What waits for the second time would be passed on as if it were for the first.
UPDATE reply_forwarding t SET state = CASE WHEN mail_id IS NULL THEN 'notify' ELSE 'forward' END,
                              decided_at = r.received_at
FROM reaction r WHERE r.id = t.reaction_id AND t.again AND t.state = 'waiting';
ALTER TABLE reply_forwarding DROP COLUMN again, DROP COLUMN unjudged;
