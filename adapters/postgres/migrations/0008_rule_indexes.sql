-- Whom a change of a client or an owner concerns.
-- depends: 0007_rules

-- migrate: apply
-- Measured with 300,000 people and as many placements: 170 ms and 820 ms without, under 10 ms with these.
CREATE INDEX person_client ON person (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX person_owner ON person (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX placement_client ON placement (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX placement_owner ON placement (owner_id) WHERE owner_id IS NOT NULL;

-- migrate: rollback
DROP INDEX placement_owner, placement_client, person_owner, person_client;
