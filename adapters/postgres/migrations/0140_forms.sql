-- Forms: published versions, personal links, what came in, and the files that came with it.
-- depends: 0102_plan_revision

-- migrate: apply
ALTER TABLE change DROP CONSTRAINT change_origin_check,
    ADD CONSTRAINT change_origin_check CHECK (origin IN ('crm', 'relance', 'import', 'sql', 'form')) NOT VALID;
ALTER TABLE person_event DROP CONSTRAINT person_event_origin_check,
    ADD CONSTRAINT person_event_origin_check CHECK (origin IN ('crm', 'relance', 'import', 'sql', 'form')) NOT VALID;

CREATE TABLE form_version (
    form text NOT NULL,
    version integer NOT NULL,
    definition jsonb NOT NULL,
    fingerprint text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (form, version)
);

-- One for each run and form, however many messages carry it.
CREATE TABLE form_link (
    id text PRIMARY KEY CHECK (id ~ '^k[a-z0-9]{10,40}$'),
    enrollment_id text NOT NULL REFERENCES enrollment,
    form text NOT NULL,
    -- the page that it leads to: the newest one when it was last sent and nothing had come in
    version integer NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    submitted_at timestamptz,
    revoked_at timestamptz,
    UNIQUE (enrollment_id, form),
    FOREIGN KEY (form, version) REFERENCES form_version (form, version)
);

CREATE TABLE form_submission (
    id text PRIMARY KEY CHECK (id ~ '^q[a-z0-9]{10,40}$'),
    link_id text NOT NULL REFERENCES form_link,
    -- from 1; a changed answer is the next one
    number integer NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    digest text NOT NULL,
    -- by field, as they were written
    answers jsonb NOT NULL,
    -- the line that the person agreed to, or null
    consent text,
    UNIQUE (link_id, number)
);
CREATE INDEX form_submission_newest ON form_submission (at, id);

CREATE TABLE upload (
    id text PRIMARY KEY CHECK (id ~ '^d[a-z0-9]{10,40}$'),
    submission_id text NOT NULL REFERENCES form_submission,
    field text NOT NULL,
    -- as the person called it, without folders and control characters
    name text NOT NULL,
    -- in the folder of uploads; random
    file text NOT NULL UNIQUE,
    kind text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX upload_of_submission ON upload (submission_id);

-- migrate: rollback
DROP TABLE upload, form_submission, form_link, form_version;
ALTER TABLE person_event DROP CONSTRAINT person_event_origin_check,
    ADD CONSTRAINT person_event_origin_check CHECK (origin IN ('crm', 'relance', 'import', 'sql')) NOT VALID;
ALTER TABLE change DROP CONSTRAINT change_origin_check,
    ADD CONSTRAINT change_origin_check CHECK (origin IN ('crm', 'relance', 'import', 'sql')) NOT VALID;
