-- Whose history it is: another person behind a placement, people who are merged, and when the CRM told what.
-- depends: 0015_reviews

-- migrate: apply

-- Once, ever: of a record and the person behind it. A placement that gets another person is new for that one.
DROP INDEX reenrollment_window_record;
CREATE UNIQUE INDEX reenrollment_window_record ON reenrollment_window (sequence, record_id, person_id)
    WHERE scope = 'record' AND state IN ('opening', 'open');

-- Who the run was about before the CRM merged that person into person_id; null: it was nobody else's.
ALTER TABLE enrollment ADD COLUMN merged_from text;
CREATE INDEX enrollment_merged_from ON enrollment (merged_from) WHERE merged_from IS NOT NULL;
CREATE INDEX task_person ON task (person_id);
CREATE INDEX lead_person ON lead (person_id);
CREATE INDEX list_member_person ON list_member (person_id);
CREATE INDEX notification_person ON notification (person_id) WHERE person_id IS NOT NULL;

-- The newest "at" and "version" with which the CRM told a field, or a mark such as "deleted". An older telling is
-- passed over. Fields that were told without either have no row.
CREATE TABLE field_told (
    entity text NOT NULL,
    entity_id text NOT NULL,
    field text NOT NULL,
    at timestamptz,
    version bigint,
    PRIMARY KEY (entity, entity_id, field)
);

-- migrate: rollback
DROP TABLE field_told;
DROP INDEX notification_person, list_member_person, lead_person, task_person, enrollment_merged_from;
ALTER TABLE enrollment DROP COLUMN merged_from;
DROP INDEX reenrollment_window_record;
CREATE UNIQUE INDEX reenrollment_window_record ON reenrollment_window (sequence, record_id)
    WHERE scope = 'record' AND state IN ('opening', 'open');
