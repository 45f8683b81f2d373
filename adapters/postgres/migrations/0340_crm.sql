-- A CRM that is read and written: how far it was read, how far the event stream was read for it, and what is written to it.
-- depends: 0335_event_stream

-- migrate: apply
CREATE TABLE crm_connection (
    name text PRIMARY KEY,
    -- since when the settings name it; null: they do not
    connected_at timestamptz,
    -- the types of events that its mapping writes about; none: the stream is not read for it
    types text[] NOT NULL DEFAULT '{}',
    -- of everything in the stream up to here it is planned what is written
    position bigint NOT NULL DEFAULT 0,
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
CREATE INDEX crm_write_oldest ON crm_write (at) WHERE state = 'waiting';
CREATE INDEX crm_write_record ON crm_write (crm, entity, record, number);
CREATE INDEX crm_write_person ON crm_write (person_id);
CREATE INDEX crm_write_at ON crm_write (at, id);
CREATE INDEX crm_write_dead ON crm_write (at, id) WHERE state = 'dead';

-- migrate: rollback
DROP TABLE crm_write, crm_connection;
