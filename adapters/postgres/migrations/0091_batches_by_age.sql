-- What is old is found by its age, so that it can be deleted in small batches.
-- depends: 0003_messages 0007_rules

-- migrate: apply
-- Rows lie in the order in which they came, so a range of pages and its oldest and newest instant say enough: under a
-- megabyte for five million sends, and no write looks at it. Tables with ascending ids (change, hit, enrollment_event,
-- refusal) are deleted in the order of their key and need nothing.
CREATE INDEX crm_event_received ON crm_event USING brin (received_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX person_event_recorded ON person_event USING brin (recorded_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX send_planned ON send USING brin (planned_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX inbound_received ON inbound USING brin (received_at) WITH (pages_per_range = 16, autosummarize = on);

-- migrate: rollback
DROP INDEX inbound_received, send_planned, person_event_recorded, crm_event_received;
