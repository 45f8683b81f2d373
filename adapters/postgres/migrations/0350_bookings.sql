-- The page on which people book a meeting with an owner, and booked meetings in the stream of events.
-- depends: 0335_event_stream

-- migrate: apply
ALTER TABLE owner ADD COLUMN booking_url text;

CREATE FUNCTION stream_meeting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'meeting.' || replace(NEW.kind, 'meeting_', ''), NEW.received_at, NEW.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('reaction', NEW.id, 'calendar', NEW.detail ->> 'calendar', 'starts_at', NEW.detail ->> 'starts_at')
    FROM enrollment e WHERE e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER meeting_streams AFTER INSERT ON reaction FOR EACH ROW
    WHEN (NEW.kind IN ('meeting_booked', 'meeting_cancelled')) EXECUTE FUNCTION stream_meeting();

-- migrate: rollback
DROP TRIGGER meeting_streams ON reaction;
DROP FUNCTION stream_meeting;
ALTER TABLE owner DROP COLUMN booking_url;
