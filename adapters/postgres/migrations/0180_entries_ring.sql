-- Who enrolls by hand rings for the workers, which start the run.
-- depends: 0108_outbox_in_order

-- migrate: apply
CREATE CONSTRAINT TRIGGER enrollment_rings AFTER INSERT ON enrollment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'starting' AND NEW.via = 'hand') EXECUTE FUNCTION ring_for_dispatchers('entries');

-- migrate: rollback
DROP TRIGGER enrollment_rings ON enrollment;
