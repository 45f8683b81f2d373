-- Published versions, enrollments, their steps, pauses and story.
-- depends: 0001_records

-- migrate: apply
CREATE TABLE sequence_version (
    sequence text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    definition jsonb NOT NULL,
    templates jsonb NOT NULL,
    fingerprint text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (sequence, version)
);
CREATE TABLE enrollment (
    id text PRIMARY KEY CHECK (id ~ '^e[a-z0-9]{10,40}$'),
    workflow_id text NOT NULL,
    sequence text NOT NULL,
    version integer NOT NULL,
    record_type text NOT NULL CHECK (record_type IN ('person', 'placement')),
    record_id text NOT NULL,
    person_id text NOT NULL,
    owner_id text,
    via text NOT NULL CHECK (via IN ('hand', 'hook', 'rule', 'sequence')),
    lineage text[] NOT NULL DEFAULT '{}',
    state text NOT NULL CHECK (state IN ('starting', 'active', 'paused', 'held', 'reacting', 'stopped', 'finished')),
    reason text,
    enrolled_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    FOREIGN KEY (sequence, version) REFERENCES sequence_version
);
-- One open run per record and sequence: Temporal's workflow id says so first, this key says so for ever.
CREATE UNIQUE INDEX enrollment_one_open ON enrollment (sequence, record_id)
    WHERE state NOT IN ('stopped', 'finished');
CREATE INDEX enrollment_person ON enrollment (person_id);
CREATE INDEX enrollment_starting ON enrollment (enrolled_at) WHERE state = 'starting';
CREATE TABLE enrollment_step (
    enrollment_id text NOT NULL REFERENCES enrollment,
    step text NOT NULL,
    position integer NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'sent', 'done', 'skipped', 'refused', 'failed', 'unknown', 'cancelled')),
    due_at timestamptz,
    decided_at timestamptz,
    reason text,
    moved_by text[] NOT NULL DEFAULT '{}',
    timezone text,
    timezone_source text,
    PRIMARY KEY (enrollment_id, step)
);
CREATE TABLE enrollment_pause (
    enrollment_id text NOT NULL REFERENCES enrollment,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    reason text NOT NULL,
    mode text CHECK (mode IN ('shift', 'skip', 'send_one')),
    PRIMARY KEY (enrollment_id, started_at)
);
CREATE TABLE enrollment_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enrollment_id text NOT NULL REFERENCES enrollment,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    -- the same command or reaction handled again leaves one line in the story
    key text NOT NULL,
    UNIQUE (enrollment_id, key)
);
CREATE TABLE refusal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence text NOT NULL,
    person_id text NOT NULL,
    record_id text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    via text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX refusal_person ON refusal (person_id, sequence);

-- migrate: rollback
DROP TABLE refusal, enrollment_event, enrollment_pause, enrollment_step, enrollment, sequence_version;
