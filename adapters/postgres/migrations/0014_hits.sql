-- Hits wait for their verdict, and one link of each mail is seen by machines only.
-- depends: 0011_inbound_ways

-- migrate: apply
-- null: it was not judged yet
ALTER TABLE hit ALTER COLUMN verdict DROP NOT NULL;
ALTER TABLE hit ADD COLUMN reasons text[] NOT NULL DEFAULT '{}';
ALTER TABLE hit ADD COLUMN prefetch boolean NOT NULL DEFAULT false;
ALTER TABLE hit ADD COLUMN judge_at timestamptz;
ALTER TABLE hit ADD COLUMN judged_at timestamptz;
CREATE INDEX hit_waiting ON hit (judge_at, id) WHERE verdict IS NULL;
CREATE INDEX hit_link ON hit (link_id, at);
CREATE INDEX hit_address ON hit (address, at);
-- null: the honeypot; it leads nowhere
ALTER TABLE send_link ALTER COLUMN target DROP NOT NULL;

-- migrate: rollback
DELETE FROM hit WHERE verdict IS NULL OR link_id IN (SELECT id FROM send_link WHERE target IS NULL);
DELETE FROM send_link WHERE target IS NULL;
ALTER TABLE send_link ALTER COLUMN target SET NOT NULL;
DROP INDEX hit_waiting, hit_link, hit_address;
ALTER TABLE hit DROP COLUMN reasons, DROP COLUMN prefetch, DROP COLUMN judge_at, DROP COLUMN judged_at;
ALTER TABLE hit ALTER COLUMN verdict SET NOT NULL;
