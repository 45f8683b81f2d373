-- What we do about a reaction.
-- depends: 0003_messages

-- migrate: apply
CREATE TABLE follow_up (
    id text PRIMARY KEY CHECK (id ~ '^f[a-z0-9]{10,40}$'),
    enrollment_id text NOT NULL REFERENCES enrollment,
    -- the reaction's id, 'finished', or 'step:<id>': with the position it makes every follow-up happen once
    cause text NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    result text,
    at timestamptz NOT NULL,
    UNIQUE (enrollment_id, cause, position)
);
CREATE TABLE task (
    id text PRIMARY KEY,
    title text NOT NULL,
    description text,
    due_at timestamptz,
    owner_id text,
    person_id text NOT NULL,
    enrollment_id text NOT NULL,
    reaction_id text,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    created_at timestamptz NOT NULL
);
CREATE TABLE lead (
    id text PRIMARY KEY,
    person_id text NOT NULL,
    source text NOT NULL,
    owner_id text,
    enrollment_id text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE list_member (
    list text NOT NULL,
    person_id text NOT NULL,
    added_at timestamptz NOT NULL,
    enrollment_id text,
    PRIMARY KEY (list, person_id)
);
CREATE TABLE notification (
    id text PRIMARY KEY,
    owner_id text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    enrollment_id text,
    person_id text,
    created_at timestamptz NOT NULL,
    read_at timestamptz
);

-- migrate: rollback
DROP TABLE notification, list_member, lead, task, follow_up;
