-- Topics that people do not want to hear of any more. A message says what it is about by its sequence's `topic`.
-- depends: 0141_signatures

-- migrate: apply
CREATE TABLE topic_opt_out (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id text NOT NULL,
    -- as it is compared, when it was known: another record with this address is the same reader
    address text,
    topic text NOT NULL,
    source text NOT NULL,
    since timestamptz NOT NULL,
    lifted_at timestamptz
);
CREATE UNIQUE INDEX topic_opt_out_once ON topic_opt_out (person_id, topic) WHERE lifted_at IS NULL;
CREATE INDEX topic_opt_out_address ON topic_opt_out (address) WHERE lifted_at IS NULL;

-- migrate: rollback
DROP TABLE topic_opt_out;
