-- Runs that are planned again from outside: which plan is the newest, and which of them its workflow was signalled.
-- depends: 0101_outbox

-- migrate: apply
ALTER TABLE enrollment
    -- how often it was planned from outside its workflow; an activity that planned says under which it did
    ADD COLUMN plan_revision integer NOT NULL DEFAULT 0,
    -- the workflow needs to hear of nothing up to this one
    ADD COLUMN plan_signalled integer NOT NULL DEFAULT 0;
CREATE INDEX enrollment_unsignalled_plan ON enrollment (id)
    WHERE plan_revision <> plan_signalled AND state NOT IN ('stopped', 'finished');
CREATE CONSTRAINT TRIGGER enrollment_plan_rings AFTER UPDATE OF plan_revision ON enrollment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.plan_revision <> NEW.plan_signalled) EXECUTE FUNCTION ring_for_dispatchers('reactions');

-- migrate: rollback
DROP TRIGGER enrollment_plan_rings ON enrollment;
DROP INDEX enrollment_unsignalled_plan;
ALTER TABLE enrollment DROP COLUMN plan_revision, DROP COLUMN plan_signalled;
