-- Lists that are asked for what another table says (make bench-sql).
-- depends: 0102_plan_revision

-- migrate: apply
-- A notification about a run bears its sequence, as one about a rule does: whoever writes it need not know.
CREATE FUNCTION sequence_of_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := (SELECT e.sequence FROM enrollment e WHERE e.id = NEW.enrollment_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER notification_sequence BEFORE INSERT ON notification
    FOR EACH ROW WHEN (NEW.sequence IS NULL AND NEW.enrollment_id IS NOT NULL) EXECUTE FUNCTION sequence_of_notification();
UPDATE notification n SET sequence = e.sequence FROM enrollment e WHERE n.sequence IS NULL AND e.id = n.enrollment_id;
CREATE INDEX notification_newest_sequence ON notification (sequence, created_at, id) WHERE sequence IS NOT NULL;
-- Few people are as new as the filter of a list asks.
CREATE INDEX person_created ON person (created) WHERE created IS NOT NULL;

-- migrate: rollback
DROP INDEX person_created, notification_newest_sequence;
UPDATE notification SET sequence = NULL WHERE enrollment_id IS NOT NULL;
DROP TRIGGER notification_sequence ON notification;
DROP FUNCTION sequence_of_notification();
