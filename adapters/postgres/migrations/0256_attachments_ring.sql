-- What is attached becomes due by time alone, as a review does: dispatchers that sleep are told to look at the clock.
-- depends: 0250_due_by_time_rings 0255_waiting_attachments

-- migrate: apply
CREATE CONSTRAINT TRIGGER waiting_attachment_rings AFTER INSERT ON waiting_attachment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ring_for_dispatchers('clock');

-- migrate: rollback
DROP TRIGGER waiting_attachment_rings ON waiting_attachment;
