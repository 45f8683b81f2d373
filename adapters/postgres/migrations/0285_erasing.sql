-- People whose data was erased on request, and their addresses as keyed hashes: who comes again is recognised.
-- depends: 0142_topics 0212_deliverability 0261_webhook_endpoints

-- migrate: apply
CREATE TABLE erasure (
    -- who they were: of several records that were merged, the survivor
    person_id text PRIMARY KEY,
    -- the others
    merged text[] NOT NULL DEFAULT '{}',
    -- what to look for, until it is done: as it is compared
    addresses text[] NOT NULL DEFAULT '{}',
    state text NOT NULL CHECK (state IN ('open', 'done')),
    may_be_contacted_again boolean NOT NULL,
    asked_at timestamptz NOT NULL,
    -- who asked, as in the audit log
    way text NOT NULL,
    user_id text,
    token_id text,
    done_at timestamptz,
    -- what was erased so far: counted in the transaction that erases it
    counts jsonb NOT NULL DEFAULT '{}',
    report jsonb,
    CHECK ((state = 'done') = (done_at IS NOT NULL AND report IS NOT NULL)),
    CHECK (state = 'open' OR addresses = '{}')
);

CREATE TABLE erased_address (
    -- HMAC-SHA256 of the address as it is compared, by a key made of one of RELANCE_TOKEN_KEYS
    hash bytea NOT NULL,
    -- email, sms, all, or topic: and its name
    channel text NOT NULL,
    -- of the suppression that stood, or "erased"
    reason text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (hash, channel)
);

-- Who was recognised got a plain suppression that names the hash: it is written once, and whoever lifts it is obeyed.
CREATE INDEX suppression_of_erased ON suppression (source) WHERE source LIKE 'erased:%';

CREATE FUNCTION erased_source(hash bytea, channel text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'erased:' || encode(hash, 'hex') || ':' || channel
$$;

-- What still forbids contact of these hashes: all but what was written out as a plain suppression before.
CREATE FUNCTION erased_standing(hashes bytea[]) RETURNS SETOF erased_address LANGUAGE sql STABLE AS $$
    SELECT e.* FROM erased_address e
    WHERE e.hash = ANY (hashes)
      AND NOT EXISTS (SELECT FROM suppression s
                      WHERE s.source LIKE 'erased:%' AND s.source = erased_source(e.hash, e.channel))
      AND NOT EXISTS (SELECT FROM topic_opt_out t WHERE t.source = erased_source(e.hash, e.channel))
$$;

-- What a hook of the CRM asked for.
ALTER TABLE audit_event DROP CONSTRAINT audit_event_way_check;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_way_check CHECK (way IN ('console', 'cli', 'api', 'crm'));

-- migrate: rollback
-- Rows of the log that say "crm" stay, and are not checked.
ALTER TABLE audit_event DROP CONSTRAINT audit_event_way_check;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_way_check CHECK (way IN ('console', 'cli', 'api')) NOT VALID;
DROP FUNCTION erased_standing, erased_source;
DROP INDEX suppression_of_erased;
DROP TABLE erased_address;
DROP TABLE erasure;
