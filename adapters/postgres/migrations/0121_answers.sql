-- Answers of recruiters to replies: the row first, then a claim, then the message, as with every send.
-- depends: 0120_replies

-- migrate: apply
CREATE TABLE answer (
    -- of the reply and the key that it was asked with: asked again with the same key it is the same one
    id text PRIMARY KEY CHECK (id ~ '^a[a-z0-9]{10,40}$'),
    number bigint GENERATED ALWAYS AS IDENTITY,
    reaction_id text NOT NULL REFERENCES reaction,
    enrollment_id text NOT NULL REFERENCES enrollment,
    person_id text NOT NULL,
    owner_id text,
    channel text NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'claimed', 'sent', 'refused', 'failed', 'unknown')),
    sender text NOT NULL,
    recipient text NOT NULL,
    -- as addresses are compared
    recipient_key text NOT NULL,
    -- the address to which bounces come: it names the send whose reply this answers
    envelope_from text NOT NULL,
    subject text,
    message_id text UNIQUE,
    content bytea NOT NULL,
    text text NOT NULL,
    -- also to somebody who asked not to be contacted
    anyway boolean NOT NULL,
    asked_by text,
    asked_at timestamptz NOT NULL,
    -- null: no pass was started for it yet
    handed_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    try_after timestamptz,
    claimed_at timestamptz,
    claimed_by text,
    decided_at timestamptz,
    provider_message_id text,
    code text,
    reason text
);
CREATE INDEX answer_reaction ON answer (reaction_id);
CREATE INDEX answer_planned ON answer (number) WHERE state = 'planned';
CREATE INDEX answer_claimed ON answer (claimed_at) WHERE state = 'claimed';
CREATE CONSTRAINT TRIGGER answer_rings AFTER INSERT ON answer DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'planned') EXECUTE FUNCTION ring_for_dispatchers('deliveries');

-- migrate: rollback
DROP TABLE answer;
