-- Indexes that a database of a million people showed to be missing or too narrow (make bench-sql).
-- depends: 0016_run_watch 0022_intake 0041_soft_bounces

-- migrate: apply
-- Runs about a placement: asked at every change of a placement or of a client, and by lists.
CREATE INDEX enrollment_placement ON enrollment (record_id) WHERE record_type = 'placement';
-- Open runs of each version are counted without a look at their rows.
DROP INDEX enrollment_open_sequence;
CREATE INDEX enrollment_open_sequence ON enrollment (sequence, id) INCLUDE (version) WHERE state NOT IN ('stopped', 'finished');
-- Pages of windows that stand, in order. Postgres takes two equal columns for something rare, and would sort them all.
DROP INDEX reenrollment_window_standing;
CREATE INDEX reenrollment_window_standing ON reenrollment_window (id)
    WHERE scope = 'person' AND state = 'open' AND revision = told_revision;
-- Since when an address works again, asked at every mail that comes back.
CREATE INDEX suppression_lifted_bounces ON suppression (address, lifted_at)
    WHERE reason = 'soft_bounces' AND lifted_at IS NOT NULL;
-- Suppressions of a person and of a cause, also those that were lifted.
DROP INDEX suppression_person, suppression_source;
CREATE INDEX suppression_person ON suppression (person_id);
CREATE INDEX suppression_source ON suppression (source);

-- migrate: rollback
DROP INDEX suppression_source, suppression_person;
CREATE INDEX suppression_source ON suppression (source) WHERE lifted_at IS NULL;
CREATE INDEX suppression_person ON suppression (person_id) WHERE lifted_at IS NULL;
DROP INDEX suppression_lifted_bounces, reenrollment_window_standing, enrollment_open_sequence, enrollment_placement;
CREATE INDEX reenrollment_window_standing ON reenrollment_window (id) WHERE scope = 'person' AND state = 'open';
CREATE INDEX enrollment_open_sequence ON enrollment (sequence, id) WHERE state NOT IN ('stopped', 'finished');
