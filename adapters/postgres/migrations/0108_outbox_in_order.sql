-- The oldest reactions that wait are read in their order from an index; plans have a ring of their own.
-- depends: 0102_plan_revision

-- migrate: apply
CREATE INDEX reaction_outbox ON reaction (received_at, id) WHERE delivered_at IS NULL AND handled_at IS NULL AND NOT late;
DROP INDEX reaction_undelivered;

DROP TRIGGER enrollment_plan_rings ON enrollment;
CREATE CONSTRAINT TRIGGER enrollment_plan_rings AFTER UPDATE OF plan_revision ON enrollment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.plan_revision <> NEW.plan_signalled) EXECUTE FUNCTION ring_for_dispatchers('plans');

-- migrate: rollback
DROP TRIGGER enrollment_plan_rings ON enrollment;
CREATE CONSTRAINT TRIGGER enrollment_plan_rings AFTER UPDATE OF plan_revision ON enrollment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.plan_revision <> NEW.plan_signalled) EXECUTE FUNCTION ring_for_dispatchers('reactions');
CREATE INDEX reaction_undelivered ON reaction (received_at) WHERE delivered_at IS NULL;
DROP INDEX reaction_outbox;
