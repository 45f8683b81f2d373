-- Screens of the console that looked at each run, or at each row of a table: what they ask is in an index.
-- depends: 0042_pages 0210_people_of_numbers 0212_deliverability 0246_ended_runs 0261_webhook_endpoints

-- migrate: apply
-- The planned steps of runs, without a look at their rows: months, weeks and "Today" of a sequence or of owners.
CREATE INDEX enrollment_step_planned_run ON enrollment_step (enrollment_id, due_at) INCLUDE (step) WHERE state = 'planned';

-- Leads of a sequence: kept beside them, since few of a sequence may be among many.
ALTER TABLE lead ADD COLUMN sequence text;
UPDATE lead l SET sequence = e.sequence FROM enrollment e WHERE e.id = l.enrollment_id;
CREATE INDEX lead_of_sequence ON lead (sequence, created_at, id);
-- Here and not in the statement that adds one: a worker of the version before may add some during an upgrade.
CREATE FUNCTION lead_of_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := (SELECT e.sequence FROM enrollment e WHERE e.id = NEW.enrollment_id);
    RETURN NEW;
END $$;
CREATE TRIGGER lead_of_sequence BEFORE INSERT OR UPDATE OF enrollment_id ON lead
    FOR EACH ROW EXECUTE FUNCTION lead_of_sequence();

-- What stands is counted by reason, and of mailboxes today and tomorrow are read.
CREATE INDEX suppression_standing ON suppression (reason) WHERE lifted_at IS NULL;
CREATE INDEX mailbox_day_on ON mailbox_day (day);

-- Of an owner what came of all their runs, by sequence: the numbers of owners, and the people behind them.
CREATE INDEX run_outcome_of_owner ON run_outcome (owner_id, sequence, entered_at);
DROP INDEX run_outcome_owner;
-- The people behind a number of one version; runs that changed their version are few.
CREATE INDEX run_outcome_version ON run_outcome (sequence, version, entered_at, enrollment_id);
CREATE INDEX run_outcome_moved ON run_outcome (sequence) WHERE earlier_versions <> '{}';

-- migrate: rollback
CREATE INDEX run_outcome_owner ON run_outcome (sequence, owner_id);
DROP INDEX run_outcome_of_owner, run_outcome_moved, run_outcome_version, mailbox_day_on, suppression_standing;
DROP TRIGGER lead_of_sequence ON lead;
DROP FUNCTION lead_of_sequence;
DROP INDEX lead_of_sequence;
ALTER TABLE lead DROP COLUMN sequence;
DROP INDEX enrollment_step_planned_run;
