-- The order in which lists are paged through, so that a page reads its own rows and no others.
-- depends: 0024_people

-- migrate: apply
CREATE INDEX enrollment_newest ON enrollment (enrolled_at, id);
CREATE INDEX enrollment_newest_sequence ON enrollment (sequence, enrolled_at, id);
CREATE INDEX enrollment_newest_owner ON enrollment (owner_id, enrolled_at, id);
CREATE INDEX task_newest ON task (created_at, id);
CREATE INDEX task_open_newest ON task (created_at, id) WHERE state = 'open';
CREATE INDEX task_enrollment ON task (enrollment_id);
CREATE INDEX lead_newest ON lead (created_at, id);
CREATE INDEX list_member_added ON list_member (list, added_at, person_id);
CREATE INDEX notification_newest ON notification (created_at, id);
CREATE INDEX notification_newest_owner ON notification (owner_id, created_at, id);
CREATE INDEX inbound_unmatched ON inbound (received_at, id) WHERE state = 'unmatched';
CREATE INDEX suppression_newest ON suppression (since, id);
CREATE INDEX reenrollment_window_newest ON reenrollment_window (opened_at, id);

-- migrate: rollback
DROP INDEX reenrollment_window_newest, suppression_newest, inbound_unmatched, notification_newest_owner,
    notification_newest, list_member_added, lead_newest, task_enrollment, task_open_newest, task_newest,
    enrollment_newest_owner, enrollment_newest_sequence, enrollment_newest;
