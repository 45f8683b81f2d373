-- Auto-enrollment: events in the life of a person, windows, what waits, what was refused.
-- depends: 0006_holds

-- migrate: apply

-- The latest time of each event, beside the fields: rules read both alike, and field_lineage covers both.
ALTER TABLE person
    ADD COLUMN last_contacted timestamptz,
    ADD COLUMN last_shortlisted timestamptz,
    ADD COLUMN last_interviewed timestamptz,
    ADD COLUMN last_placed timestamptz,
    ADD COLUMN last_replied timestamptz,
    ADD COLUMN resume_updated timestamptz,
    ADD COLUMN created timestamptz,
    -- the record that this one was merged into in the CRM
    ADD COLUMN merged_into text;
CREATE TABLE person_event (
    id text PRIMARY KEY CHECK (id ~ '^v[a-z0-9]{10,40}$'),
    person_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('last_contacted', 'last_shortlisted', 'last_interviewed', 'last_placed',
                                       'last_replied', 'resume_updated', 'created')),
    at timestamptz NOT NULL,
    origin text NOT NULL CHECK (origin IN ('crm', 'relance', 'import', 'sql')),
    lineage text[] NOT NULL DEFAULT '{}',
    -- what it comes from: the CRM's event id, the id of a send or of an inbound message
    source text,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX person_event_of ON person_event (person_id, kind, at DESC);

ALTER TABLE change DROP CONSTRAINT change_origin_check;
ALTER TABLE change ADD CONSTRAINT change_origin_check CHECK (origin IN ('crm', 'relance', 'import', 'sql'));
-- Which changes the rule watcher has seen. A cursor over ids would pass over a transaction that commits late.
ALTER TABLE change ADD COLUMN watched_at timestamptz;
UPDATE change SET watched_at = at;
CREATE INDEX change_unwatched ON change (id) WHERE watched_at IS NULL;

-- The ledger: who entered which sequence when, and how long nobody enters it again. The unique keys are the long
-- memory; the workflow id window:{sequence}:{person} is the gate while a window is open.
CREATE TABLE reenrollment_window (
    id text PRIMARY KEY CHECK (id ~ '^w[a-z0-9]{10,40}$'),
    sequence text NOT NULL,
    person_id text NOT NULL,
    record_id text NOT NULL,
    -- person: the sequence has a window. record: it has none, so a record enters once, ever
    scope text NOT NULL CHECK (scope IN ('person', 'record')),
    enrollment_id text NOT NULL REFERENCES enrollment,
    via text NOT NULL CHECK (via IN ('hand', 'hook', 'rule', 'sequence')),
    opened_at timestamptz NOT NULL,
    -- null: for ever
    until timestamptz,
    state text NOT NULL CHECK (state IN ('opening', 'open', 'ended', 'lifted', 'refused')),
    ended_at timestamptz,
    reason text,
    -- every change of "until" by hand or by an edited sequence; its workflow was told of the ones up to told_revision
    revision integer NOT NULL DEFAULT 0,
    told_revision integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX reenrollment_window_person ON reenrollment_window (sequence, person_id)
    WHERE scope = 'person' AND state IN ('opening', 'open');
CREATE UNIQUE INDEX reenrollment_window_record ON reenrollment_window (sequence, record_id)
    WHERE scope = 'record' AND state IN ('opening', 'open');
CREATE INDEX reenrollment_window_of ON reenrollment_window (person_id);
CREATE INDEX reenrollment_window_entered ON reenrollment_window (sequence, record_id, opened_at);
CREATE INDEX reenrollment_window_opened ON reenrollment_window (sequence, opened_at);
CREATE INDEX reenrollment_window_opening ON reenrollment_window (opened_at) WHERE state = 'opening';
CREATE INDEX reenrollment_window_untold ON reenrollment_window (id) WHERE revision <> told_revision;
CREATE UNIQUE INDEX reenrollment_window_enrollment ON reenrollment_window (enrollment_id);

-- A sequence whose newest version has rules. "since": when they were switched on; a scan enrolls only whose
-- condition came true after that, unless the existing ones were wanted.
CREATE TABLE rule_state (
    sequence text PRIMARY KEY,
    version integer NOT NULL,
    since timestamptz NOT NULL,
    scanned_at timestamptz,
    broken text
);
CREATE TABLE rule_batch (
    id text PRIMARY KEY CHECK (id ~ '^b[a-z0-9]{10,40}$'),
    sequence text NOT NULL,
    version integer NOT NULL,
    origin text NOT NULL CHECK (origin IN ('change', 'scan', 'existing')),
    state text NOT NULL CHECK (state IN ('held', 'approved', 'discarded')),
    records integer NOT NULL CHECK (records >= 0),
    created_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text
);
CREATE INDEX rule_batch_held ON rule_batch (sequence) WHERE state = 'held';
-- Matched, and not yet entered: held for approval, or waiting for tomorrow's share of max_per_day.
CREATE TABLE rule_queue (
    sequence text NOT NULL,
    record_id text NOT NULL,
    person_id text NOT NULL,
    batch_id text REFERENCES rule_batch,
    state text NOT NULL CHECK (state IN ('held', 'waiting')),
    at timestamptz NOT NULL,
    PRIMARY KEY (sequence, record_id)
);
CREATE INDEX rule_queue_waiting ON rule_queue (sequence, at, record_id) WHERE state = 'waiting';
CREATE INDEX rule_queue_batch ON rule_queue (batch_id);

-- A rule refuses the same record for the same reason again and again; one row counts.
ALTER TABLE refusal ADD COLUMN times integer NOT NULL DEFAULT 1, ADD COLUMN first_at timestamptz;
UPDATE refusal SET first_at = at;
CREATE UNIQUE INDEX refusal_by_rule ON refusal (sequence, record_id, reason) WHERE via = 'rule';

ALTER TABLE notification
    ADD COLUMN sequence text,
    ADD COLUMN records integer,
    ADD COLUMN mailed_at timestamptz;
-- How an owner hears of notifications besides the table.
ALTER TABLE owner ADD COLUMN notify_by text NOT NULL DEFAULT 'none' CHECK (notify_by IN ('none', 'email', 'digest'));

-- Whoever writes past Relance (psql, another program) is noticed too. Relance's own connections set relance.writer:
-- they write the change row themselves, with origin and lineage.
CREATE FUNCTION note_direct_write() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := '{}';
    now_is jsonb := '{}';
    names text[];
BEGIN
    IF current_setting('relance.writer', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        was := to_jsonb(OLD) - 'field_lineage';
    END IF;
    IF TG_OP <> 'DELETE' THEN
        now_is := to_jsonb(NEW) - 'field_lineage';
    END IF;
    SELECT array_agg(key ORDER BY key) INTO names FROM (
        SELECT key FROM jsonb_object_keys(was || now_is) AS keys(key)
        WHERE key <> 'id' AND (was -> key) IS DISTINCT FROM (now_is -> key)
          AND NOT (TG_OP = 'INSERT' AND coalesce(now_is -> key, 'null') = 'null')
    ) AS different;
    IF names IS NULL AND TG_OP = 'UPDATE' THEN
        RETURN NULL;
    END IF;
    INSERT INTO change (entity, entity_id, fields, before, after, origin, at)
    SELECT TG_TABLE_NAME, coalesce(now_is ->> 'id', was ->> 'id'),
           coalesce((SELECT array_agg(TG_TABLE_NAME || '.' || CASE WHEN name = 'deleted_at' THEN 'deleted'
                                      ELSE regexp_replace(name, '_id$', '') END) FROM unnest(names) AS each(name)), '{}'),
           coalesce((SELECT jsonb_object_agg(name, was -> name) FROM unnest(names) AS each(name) WHERE was ? name), '{}'),
           coalesce((SELECT jsonb_object_agg(name, now_is -> name) FROM unnest(names) AS each(name) WHERE now_is ? name), '{}'),
           'sql', clock_timestamp();
    RETURN NULL;
END $$;
-- A write by hand takes the automation's mark off the field.
CREATE FUNCTION forget_lineage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    names text[];
BEGIN
    IF current_setting('relance.writer', true) = 'on' OR NEW.field_lineage = '{}' THEN
        RETURN NEW;
    END IF;
    SELECT array_agg(key) INTO names FROM jsonb_object_keys(to_jsonb(NEW)) AS keys(key)
    WHERE (to_jsonb(NEW) -> key) IS DISTINCT FROM (to_jsonb(OLD) -> key) AND key <> 'field_lineage';
    IF TG_TABLE_NAME IN ('person', 'placement') AND NEW.custom IS DISTINCT FROM OLD.custom THEN
        SELECT names || array_agg('custom.' || key) INTO names FROM jsonb_object_keys(OLD.custom || NEW.custom) AS keys(key)
        WHERE (NEW.custom -> key) IS DISTINCT FROM (OLD.custom -> key);
    END IF;
    NEW.field_lineage := NEW.field_lineage - coalesce(names, '{}');
    RETURN NEW;
END $$;
CREATE TRIGGER person_direct_write AFTER INSERT OR UPDATE OR DELETE ON person
    FOR EACH ROW EXECUTE FUNCTION note_direct_write();
CREATE TRIGGER placement_direct_write AFTER INSERT OR UPDATE OR DELETE ON placement
    FOR EACH ROW EXECUTE FUNCTION note_direct_write();
CREATE TRIGGER client_direct_write AFTER INSERT OR UPDATE OR DELETE ON client
    FOR EACH ROW EXECUTE FUNCTION note_direct_write();
CREATE TRIGGER owner_direct_write AFTER INSERT OR UPDATE OR DELETE ON owner
    FOR EACH ROW EXECUTE FUNCTION note_direct_write();
CREATE TRIGGER person_forget_lineage BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION forget_lineage();
CREATE TRIGGER placement_forget_lineage BEFORE UPDATE ON placement FOR EACH ROW EXECUTE FUNCTION forget_lineage();

-- migrate: rollback
DROP TRIGGER placement_forget_lineage ON placement;
DROP TRIGGER person_forget_lineage ON person;
DROP TRIGGER owner_direct_write ON owner;
DROP TRIGGER client_direct_write ON client;
DROP TRIGGER placement_direct_write ON placement;
DROP TRIGGER person_direct_write ON person;
DROP FUNCTION forget_lineage, note_direct_write;
ALTER TABLE owner DROP COLUMN notify_by;
ALTER TABLE notification DROP COLUMN sequence, DROP COLUMN records, DROP COLUMN mailed_at;
DROP INDEX refusal_by_rule;
ALTER TABLE refusal DROP COLUMN times, DROP COLUMN first_at;
DROP TABLE rule_queue, rule_batch, rule_state, reenrollment_window;
DROP INDEX change_unwatched;
ALTER TABLE change DROP COLUMN watched_at;
DROP TABLE person_event;
ALTER TABLE person DROP COLUMN last_contacted, DROP COLUMN last_shortlisted, DROP COLUMN last_interviewed,
    DROP COLUMN last_placed, DROP COLUMN last_replied, DROP COLUMN resume_updated, DROP COLUMN created,
    DROP COLUMN merged_into;
