-- Ids by their beginning, as tables show and commands take them: one look into an index, whatever the collation.
-- depends: 0007_rules 0015_reviews 0017_deliveries 0022_intake

-- migrate: apply
CREATE INDEX enrollment_beginning ON enrollment (id COLLATE "C");
CREATE INDEX inbound_beginning ON inbound (id COLLATE "C");
CREATE INDEX send_beginning ON send (id COLLATE "C");
CREATE INDEX rule_batch_beginning ON rule_batch (id COLLATE "C");
-- Ids of the CRM that are shown whole are taken whole, and need none.
CREATE INDEX person_beginning ON person (id COLLATE "C") WHERE length(id) > 18;
CREATE INDEX placement_beginning ON placement (id COLLATE "C") WHERE length(id) > 18;
CREATE INDEX owner_beginning ON owner (id COLLATE "C") WHERE length(id) > 18;

-- migrate: rollback
DROP INDEX owner_beginning, placement_beginning, person_beginning, rule_batch_beginning, send_beginning, inbound_beginning,
    enrollment_beginning;
