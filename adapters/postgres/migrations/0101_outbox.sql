-- The outbox that many can empty: what failed waits here for all dispatchers, and who writes rings for them.
-- depends: 0017_deliveries 0032_change_batches 0071_open_windows

-- migrate: apply
-- What could not be told to Temporal is left alone until then: one row of a lane and a key (a run, a window, a delivery).
CREATE TABLE outbox_delay (
    lane text NOT NULL,
    key text NOT NULL,
    until timestamptz NOT NULL,
    tries integer NOT NULL,
    PRIMARY KEY (lane, key)
);
CREATE INDEX outbox_delay_until ON outbox_delay (until);

-- At the commit, and of several transactions that commit at the same moment one: a NOTIFY makes commits wait for each
-- other, so a thousand a second must not all send one. Who is passed over is found by the dispatcher's second look.
CREATE FUNCTION ring_for_dispatchers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_xact_lock(hashtextextended('ring:' || TG_ARGV[0], 0)) THEN
        PERFORM pg_notify('relance_outbox', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reaction_rings AFTER INSERT ON reaction DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ring_for_dispatchers('reactions');
CREATE CONSTRAINT TRIGGER reenrollment_window_rings AFTER INSERT OR UPDATE OF revision ON reenrollment_window
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'opening' OR NEW.revision <> NEW.told_revision)
    EXECUTE FUNCTION ring_for_dispatchers('starts');
CREATE CONSTRAINT TRIGGER follow_up_rings AFTER INSERT OR UPDATE OF round ON follow_up DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'pending') EXECUTE FUNCTION ring_for_dispatchers('deliveries');
CREATE CONSTRAINT TRIGGER change_rings AFTER INSERT ON change DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ring_for_dispatchers('changes');
CREATE CONSTRAINT TRIGGER change_batch_rings AFTER INSERT OR UPDATE OF closed_at ON change_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION ring_for_dispatchers('changes');
CREATE CONSTRAINT TRIGGER rule_queue_rings AFTER INSERT OR UPDATE OF state ON rule_queue DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION ring_for_dispatchers('changes');

-- migrate: rollback
DROP TRIGGER rule_queue_rings ON rule_queue;
DROP TRIGGER change_batch_rings ON change_batch;
DROP TRIGGER change_rings ON change;
DROP TRIGGER follow_up_rings ON follow_up;
DROP TRIGGER reenrollment_window_rings ON reenrollment_window;
DROP TRIGGER reaction_rings ON reaction;
DROP FUNCTION ring_for_dispatchers;
DROP TABLE outbox_delay;
