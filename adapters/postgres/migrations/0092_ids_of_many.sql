-- The people and placements of a client or an owner are read from the index alone: a large client has tens of thousands.
-- depends: 0008_rule_indexes

-- migrate: apply
DROP INDEX person_client, person_owner, placement_client, placement_owner;
CREATE INDEX person_client ON person (client_id) INCLUDE (id) WHERE client_id IS NOT NULL;
CREATE INDEX person_owner ON person (owner_id) INCLUDE (id) WHERE owner_id IS NOT NULL;
CREATE INDEX placement_client ON placement (client_id) INCLUDE (id) WHERE client_id IS NOT NULL;
CREATE INDEX placement_owner ON placement (owner_id) INCLUDE (id) WHERE owner_id IS NOT NULL;

-- migrate: rollback
DROP INDEX placement_owner, placement_client, person_owner, person_client;
CREATE INDEX person_client ON person (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX person_owner ON person (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX placement_client ON placement (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX placement_owner ON placement (owner_id) WHERE owner_id IS NOT NULL;
