-- Replies reach the recruiter: how each owner gets them, and what became of each.
-- depends: 0102_plan_revision

-- migrate: apply
-- null: as the organisation's setting says
ALTER TABLE owner ADD COLUMN replies text CHECK (replies IN ('forward', 'notify', 'none'));

-- reply: one reply of a person, forwarded. NOT VALID: the old constraint was narrower.
ALTER TABLE notice_mail DROP CONSTRAINT notice_mail_kind_check,
    ADD CONSTRAINT notice_mail_kind_check CHECK (kind IN ('single', 'list', 'digest', 'reply')) NOT VALID;

-- One row for each reply, written with its reaction: replies of older releases have none, and are not passed on late.
CREATE TABLE reply_forwarding (
    reaction_id text PRIMARY KEY REFERENCES reaction,
    state text NOT NULL CHECK (state IN ('waiting', 'forward', 'notify', 'none')),
    -- from then on it is passed on: at once when it is judged, and at the latest then without a judgement
    due_at timestamptz NOT NULL,
    -- from then on a pass is started for it
    hand_at timestamptz NOT NULL,
    decided_at timestamptz,
    -- why it does not reach the owner so
    reason text,
    mail_id text REFERENCES notice_mail,
    CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE INDEX reply_forwarding_due ON reply_forwarding (due_at) WHERE state = 'waiting';
CREATE INDEX reply_forwarding_mail ON reply_forwarding (mail_id) WHERE mail_id IS NOT NULL;
CREATE CONSTRAINT TRIGGER reply_forwarding_rings AFTER UPDATE OF due_at ON reply_forwarding DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION ring_for_dispatchers('deliveries');

-- Replies by time, the newest first.
CREATE INDEX reaction_replies ON reaction (received_at, id) WHERE kind = 'replied';

-- Who switches notifications by mail off still gets replies: another setting speaks of them.
CREATE OR REPLACE FUNCTION drop_unmailed_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notification SET to_mail = false WHERE owner_id = NEW.id AND to_mail AND mail_id IS NULL;
    UPDATE notice_mail SET state = 'cancelled' WHERE owner_id = NEW.id AND state = 'planned' AND kind <> 'reply';
    RETURN NULL;
END $$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION drop_unmailed_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notification SET to_mail = false WHERE owner_id = NEW.id AND to_mail AND mail_id IS NULL;
    UPDATE notice_mail SET state = 'cancelled' WHERE owner_id = NEW.id AND state = 'planned';
    RETURN NULL;
END $$;
DROP INDEX reaction_replies;
DROP TABLE reply_forwarding;
DELETE FROM notice_mail WHERE kind = 'reply';
ALTER TABLE notice_mail DROP CONSTRAINT notice_mail_kind_check,
    ADD CONSTRAINT notice_mail_kind_check CHECK (kind IN ('single', 'list', 'digest'));
ALTER TABLE owner DROP COLUMN replies;
