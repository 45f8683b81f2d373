-- What calendars told of the meetings of a run is looked up with each telling.
-- depends: 0400_mailbox_push

-- migrate: apply
CREATE INDEX inbound_of_meeting ON inbound (send_id)
    WHERE event IN ('meeting_booked', 'meeting_moved', 'meeting_cancelled');
CREATE INDEX inbound_of_attached_meeting ON inbound (attached_to)
    WHERE attached_to IS NOT NULL AND event IN ('meeting_booked', 'meeting_moved', 'meeting_cancelled');

-- migrate: rollback
DROP INDEX inbound_of_attached_meeting;
DROP INDEX inbound_of_meeting;
