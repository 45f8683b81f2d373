-- Deliverability: suppressions by the beginning of an address, who lifted one and why, and what came back that harms us.
-- depends: 0122_colleagues

-- migrate: apply
CREATE TABLE suppression_lift (
    suppression_id bigint PRIMARY KEY REFERENCES suppression ON DELETE CASCADE,
    at timestamptz NOT NULL,
    lifted_by text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX suppressed_address_beginning ON suppressed_address (address COLLATE "C");
CREATE INDEX suppression_beginning ON suppression (address COLLATE "C") WHERE address IS NOT NULL;
-- Few of all reactions.
CREATE INDEX reaction_against_us ON reaction (received_at) WHERE kind IN ('bounced', 'complained', 'unsubscribed');

-- migrate: rollback
DROP INDEX reaction_against_us, suppression_beginning, suppressed_address_beginning;
DROP TABLE suppression_lift;
