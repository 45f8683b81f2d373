-- An answer that nobody has handled holds every run of its person and address; a mail is known by its own content.
-- depends: 0015_reviews

-- migrate: apply
-- The address that was written to and answered, in lower case: another record with the same one is the same person.
ALTER TABLE reaction ADD COLUMN address text;
UPDATE reaction r SET address = lower(s.recipient) FROM send s
WHERE s.id = r.send_id AND r.kind = 'replied' AND r.handled_at IS NULL AND r.address IS NULL;
-- Few rows: those that wait to be handled now.
CREATE INDEX reaction_answer_person ON reaction (person_id) WHERE kind = 'replied' AND handled_at IS NULL;
CREATE INDEX reaction_answer_address ON reaction (address) WHERE kind = 'replied' AND handled_at IS NULL;
CREATE INDEX reaction_inbound ON reaction (inbound_id) WHERE inbound_id IS NOT NULL;
-- Mails that were stored before a mail was known by its content: found by Message-ID when they are read once more.
CREATE INDEX inbound_old_key ON inbound (key COLLATE "C") WHERE key LIKE 'mail:%';
CREATE INDEX enrollment_person_open ON enrollment (person_id) WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX suppression_source ON suppression (source) WHERE lifted_at IS NULL;
ALTER TABLE send
    -- since when, and in which words, a report says that it reached nobody; the address stays good
    ADD COLUMN undelivered_at timestamptz,
    ADD COLUMN undelivered_reason text;
ALTER TABLE inbound
    -- runs that it may answer and that wait as long as it is unmatched
    ADD COLUMN holds text[] NOT NULL DEFAULT '{}',
    ADD COLUMN dismissed_at timestamptz,
    ADD COLUMN dismissed_by text;
CREATE INDEX inbound_holding ON inbound (lower(sender)) WHERE state = 'unmatched' AND holds <> '{}';

-- migrate: rollback
DROP INDEX inbound_holding;
ALTER TABLE inbound DROP COLUMN holds, DROP COLUMN dismissed_at, DROP COLUMN dismissed_by;
ALTER TABLE send DROP COLUMN undelivered_at, DROP COLUMN undelivered_reason;
DROP INDEX suppression_source, enrollment_person_open, inbound_old_key, reaction_inbound,
    reaction_answer_address, reaction_answer_person;
ALTER TABLE reaction DROP COLUMN address;
