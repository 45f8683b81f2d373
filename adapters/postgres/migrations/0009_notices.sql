-- Notifications by mail: at once, or one digest a day.
-- depends: 0007_rules

-- migrate: apply

-- The outbox of mails to owners: the row first, then a claim, then the mail. What was claimed and never settled is
-- unknown, and is not mailed again.
CREATE TABLE notice_mail (
    id text PRIMARY KEY CHECK (id ~ '^m[a-z0-9]{10,40}$'),
    number bigint GENERATED ALWAYS AS IDENTITY,
    owner_id text NOT NULL REFERENCES owner,
    -- list: too many at once for a mail each
    kind text NOT NULL CHECK (kind IN ('single', 'list', 'digest')),
    -- the organisation's calendar day of a digest
    day date CHECK ((day IS NOT NULL) = (kind = 'digest')),
    state text NOT NULL CHECK (state IN ('planned', 'claimed', 'sent', 'failed', 'unknown', 'cancelled')),
    recipient text NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- tries that failed for reasons of this mail; a server that is away does not count
    tries integer NOT NULL DEFAULT 0,
    try_after timestamptz,
    claimed_at timestamptz,
    claimed_by text,
    decided_at timestamptz,
    code text,
    reason text
);
CREATE UNIQUE INDEX notice_mail_digest ON notice_mail (owner_id, day) WHERE kind = 'digest';
CREATE INDEX notice_mail_planned ON notice_mail (number) WHERE state = 'planned';
CREATE INDEX notice_mail_waiting ON notice_mail (owner_id) WHERE state = 'planned';
CREATE INDEX notice_mail_claimed ON notice_mail (claimed_at) WHERE state = 'claimed';

ALTER TABLE notification
    -- decided when it is written: whoever switches mail on is not sent what is long known
    ADD COLUMN to_mail boolean NOT NULL DEFAULT false,
    ADD COLUMN mail_id text REFERENCES notice_mail;
CREATE INDEX notification_to_mail ON notification (owner_id, created_at) WHERE to_mail AND mail_id IS NULL;
CREATE INDEX notification_of_mail ON notification (mail_id) WHERE mail_id IS NOT NULL;

-- Owners who want mail and cannot get any: each is reported once, until a mail can be written.
CREATE TABLE notice_problem (
    owner_id text PRIMARY KEY REFERENCES owner,
    problem text NOT NULL,
    since timestamptz NOT NULL
);

CREATE FUNCTION mark_notice_to_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.to_mail := EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND notify_by <> 'none');
    RETURN NEW;
END $$;
CREATE TRIGGER notification_to_mail BEFORE INSERT ON notification
    FOR EACH ROW EXECUTE FUNCTION mark_notice_to_mail();
CREATE FUNCTION drop_unmailed_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notification SET to_mail = false WHERE owner_id = NEW.id AND to_mail AND mail_id IS NULL;
    UPDATE notice_mail SET state = 'cancelled' WHERE owner_id = NEW.id AND state = 'planned';
    RETURN NULL;
END $$;
CREATE TRIGGER owner_wants_no_mail AFTER UPDATE OF notify_by ON owner
    FOR EACH ROW WHEN (NEW.notify_by = 'none' AND OLD.notify_by <> 'none') EXECUTE FUNCTION drop_unmailed_notices();

-- migrate: rollback
DROP TRIGGER owner_wants_no_mail ON owner;
DROP TRIGGER notification_to_mail ON notification;
DROP FUNCTION drop_unmailed_notices, mark_notice_to_mail;
DROP TABLE notice_problem;
DROP INDEX notification_of_mail, notification_to_mail;
ALTER TABLE notification DROP COLUMN mail_id, DROP COLUMN to_mail;
DROP TABLE notice_mail;
