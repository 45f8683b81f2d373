-- What becomes of a send of which nobody knows whether it went out.
-- depends: 0012_texts

-- migrate: apply
-- By the clock of whoever looks, not the run's: since when this claim is looked at, and when it is looked at next.
ALTER TABLE send ADD COLUMN looked_claim text;
ALTER TABLE send ADD COLUMN looked_at timestamptz;
ALTER TABLE send ADD COLUMN next_look_at timestamptz;
-- proved: something shows that it went out; assumed_sent: the sequence says to believe it; given_up: it was to be sent
-- again, and the run or its tries are at their end.
ALTER TABLE send ADD COLUMN resolution text CHECK (resolution IN ('proved', 'assumed_sent', 'given_up'));
ALTER TABLE send ADD COLUMN resolved_at timestamptz;
CREATE INDEX send_in_doubt ON send (next_look_at) WHERE state IN ('claimed', 'unknown') AND resolution IS NULL;

-- migrate: rollback
DROP INDEX send_in_doubt;
ALTER TABLE send DROP COLUMN resolved_at, DROP COLUMN resolution, DROP COLUMN next_look_at, DROP COLUMN looked_at,
    DROP COLUMN looked_claim;
