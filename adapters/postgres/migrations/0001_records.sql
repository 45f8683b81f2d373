-- The mirror of the CRM's records, and the log of their changes.
-- depends:

-- migrate: apply
CREATE TABLE owner (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
    first_name text,
    last_name text,
    email text,
    phone text
);
CREATE TABLE client (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
    name text,
    timezone text,
    city text
);
CREATE TABLE person (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
    type text,
    first_name text,
    last_name text,
    email text,
    phone text,
    timezone text,
    status text,
    company text,
    job_title text,
    city text,
    language text,
    source text,
    available_from text,
    created_at text,
    resume text,
    owner_id text,
    client_id text,
    custom jsonb NOT NULL DEFAULT '{}',
    -- field -> lineage of its last automated write; gone when a human or the CRM writes the field
    field_lineage jsonb NOT NULL DEFAULT '{}',
    deleted_at timestamptz
);
CREATE INDEX person_email ON person (lower(email));
CREATE INDEX person_phone ON person (phone);
CREATE TABLE placement (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
    person_id text NOT NULL,
    client_id text,
    owner_id text,
    status text,
    -- ISO 8601 as the CRM wrote it: a date, or a date-time with or without offset (the planner reads all three)
    start_date text,
    end_date text,
    job_title text,
    timezone text,
    location text,
    meeting_with text,
    custom jsonb NOT NULL DEFAULT '{}',
    field_lineage jsonb NOT NULL DEFAULT '{}',
    deleted_at timestamptz
);
CREATE INDEX placement_person ON placement (person_id);
CREATE TABLE crm_event (
    id text PRIMARY KEY,
    received_at timestamptz NOT NULL,
    digest text NOT NULL,
    answer jsonb NOT NULL
);
CREATE TABLE change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity text NOT NULL,
    entity_id text NOT NULL,
    fields text[] NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    origin text NOT NULL CHECK (origin IN ('crm', 'relance', 'import')),
    lineage text[] NOT NULL DEFAULT '{}',
    event_id text,
    at timestamptz NOT NULL
);
CREATE INDEX change_entity ON change (entity, entity_id);

-- migrate: rollback
DROP TABLE change, crm_event, placement, person, client, owner;
