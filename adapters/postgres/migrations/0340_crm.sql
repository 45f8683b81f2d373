-- A CRM that is read and written: how far it was read, what happened that it is to know, and what is written to it.
-- depends: 0003_messages 0285_erasing 0305_restorations

-- migrate: apply
CREATE TABLE crm_connection (
    name text PRIMARY KEY,
    -- what its mapping writes: nothing else is remembered
    occasions text[] NOT NULL DEFAULT '{}',
    -- where the next look begins; null: it was never read
    cursor text,
    -- when a look began last, and when one ended well
    looked_at timestamptz,
    read_at timestamptz,
    -- why it cannot be used now; null: it can
    problem text,
    -- nothing is asked before that: the CRM wants it so, or it does not answer
    not_before timestamptz,
    -- failures in a row
    failures integer NOT NULL DEFAULT 0,
    -- one process reads
    runner text,
    lease_until timestamptz,
    records_read bigint NOT NULL DEFAULT 0,
    records_refused bigint NOT NULL DEFAULT 0,
    refused_at timestamptz,
    refused_reason text,
    -- sealed with a key of the settings; its digest says which login it belongs to
    session bytea,
    session_login text,
    -- the account there that the records are of, as the CRM names it
    account text,
    -- how far all records were read: which kind, and what the next page begins behind; null: it is not under way
    backfill jsonb,
    backfilled_at timestamptz
);

-- What happened, until it is known what has to be written about it.
CREATE TABLE crm_happening (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occasion text NOT NULL,
    -- id of the row that it is about
    ref text NOT NULL,
    person_id text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE crm_write (
    id text PRIMARY KEY CHECK (id ~ '^x[a-z0-9]{10,40}$'),
    -- what concerns one record is written in this order
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    crm text NOT NULL,
    occasion text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('note', 'task', 'lead', 'fields')),
    -- the CRM's name of the kind of the record, and its id
    entity text NOT NULL,
    record text NOT NULL,
    person_id text NOT NULL,
    body jsonb NOT NULL,
    -- the chain of sequences that led to it, its own the last
    lineage text[] NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    tried_since timestamptz,
    next_try_at timestamptz NOT NULL,
    -- a try began whose end is not known: the CRM may have it already
    uncertain boolean NOT NULL DEFAULT false,
    settled_at timestamptz,
    -- for people; nothing that the CRM wrote
    result text,
    -- id of the note, task or lead that was made
    made text,
    -- the fields that were written, as they were: those with a value may have been left alone
    written jsonb,
    -- the record was read since
    read_back_at timestamptz
);
CREATE INDEX crm_write_waiting ON crm_write (crm, next_try_at) WHERE state = 'waiting';
CREATE INDEX crm_write_record ON crm_write (crm, entity, record, number);
CREATE INDEX crm_write_person ON crm_write (person_id);
CREATE INDEX crm_write_at ON crm_write (at, id);
CREATE INDEX crm_write_dead ON crm_write (at, id) WHERE state = 'dead';
CREATE INDEX crm_happening_person ON crm_happening (person_id);

-- Written in the transaction of the thing itself, and only where a mapping writes about it. It must not fail there: what
-- is about nobody is nothing to write.
CREATE FUNCTION remember_for_crm(what text, ref text, person text, at timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO crm_happening (occasion, ref, person_id, at)
    SELECT what, ref, person, at
    WHERE person IS NOT NULL AND EXISTS (SELECT FROM crm_connection c WHERE what = ANY (c.occasions))
$$;
CREATE FUNCTION crm_hears_of_enrollment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM remember_for_crm('enrolled', NEW.id, NEW.person_id, NEW.enrolled_at);
    ELSE
        PERFORM remember_for_crm(NEW.state, NEW.id, NEW.person_id, coalesce(NEW.ended_at, NEW.enrolled_at));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER enrollment_for_crm AFTER INSERT ON enrollment
    FOR EACH ROW EXECUTE FUNCTION crm_hears_of_enrollment();
CREATE TRIGGER enrollment_end_for_crm AFTER UPDATE OF state ON enrollment FOR EACH ROW
    WHEN (NEW.state IN ('stopped', 'finished') AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION crm_hears_of_enrollment();

CREATE FUNCTION crm_hears_of_send() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM remember_for_crm('sent', NEW.id, NEW.person_id, coalesce(NEW.decided_at, NEW.planned_at));
    RETURN NULL;
END $$;
CREATE TRIGGER send_for_crm AFTER UPDATE OF state ON send FOR EACH ROW
    WHEN (NEW.state = 'sent' AND OLD.state IS DISTINCT FROM 'sent') EXECUTE FUNCTION crm_hears_of_send();

CREATE FUNCTION crm_hears_of_reaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM remember_for_crm(NEW.kind, NEW.id, NEW.person_id, NEW.received_at);
    RETURN NULL;
END $$;
CREATE TRIGGER reaction_for_crm AFTER UPDATE OF handled_at, reviewed_at ON reaction FOR EACH ROW
    WHEN (NEW.kind IN ('replied', 'clicked', 'bounced') AND NEW.handled_at IS NOT NULL
          AND (OLD.handled_at IS NULL OR OLD.reviewed_at IS DISTINCT FROM NEW.reviewed_at))
    EXECUTE FUNCTION crm_hears_of_reaction();

CREATE FUNCTION crm_hears_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM remember_for_crm(TG_ARGV[0], NEW.id, NEW.person_id, NEW.created_at);
    RETURN NULL;
END $$;
CREATE TRIGGER task_for_crm AFTER INSERT ON task FOR EACH ROW EXECUTE FUNCTION crm_hears_of_row('task');
CREATE TRIGGER lead_for_crm AFTER INSERT ON lead FOR EACH ROW EXECUTE FUNCTION crm_hears_of_row('lead');

CREATE FUNCTION crm_hears_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM remember_for_crm(
        'field_set', NEW.id::text,
        CASE NEW.entity WHEN 'person' THEN NEW.entity_id
                        ELSE (SELECT p.person_id FROM placement p WHERE p.id = NEW.entity_id) END,
        NEW.at);
    RETURN NULL;
END $$;
CREATE TRIGGER change_for_crm AFTER INSERT ON change FOR EACH ROW
    WHEN (NEW.origin = 'relance' AND NEW.lineage <> '{}' AND NEW.entity IN ('person', 'placement'))
    EXECUTE FUNCTION crm_hears_of_change();

-- Not what the CRM said itself, what is about a dead address, or what erasing left.
CREATE FUNCTION crm_hears_of_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM remember_for_crm('opted_out', NEW.id::text, NEW.person_id, NEW.since);
    RETURN NULL;
END $$;
CREATE TRIGGER suppression_for_crm AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.reason NOT IN ('crm', 'erased', 'bounced'))
    EXECUTE FUNCTION crm_hears_of_suppression();

-- migrate: rollback
DROP TRIGGER suppression_for_crm ON suppression;
DROP TRIGGER change_for_crm ON change;
DROP TRIGGER lead_for_crm ON lead;
DROP TRIGGER task_for_crm ON task;
DROP TRIGGER reaction_for_crm ON reaction;
DROP TRIGGER send_for_crm ON send;
DROP TRIGGER enrollment_end_for_crm ON enrollment;
DROP TRIGGER enrollment_for_crm ON enrollment;
DROP FUNCTION crm_hears_of_suppression, crm_hears_of_change, crm_hears_of_row, crm_hears_of_reaction, crm_hears_of_send,
    crm_hears_of_enrollment, remember_for_crm;
DROP TABLE crm_write, crm_happening, crm_connection;
