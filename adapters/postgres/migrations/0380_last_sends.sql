-- When the last message of each run was sent, and so of each sequence, for the list of sequences.
-- depends: 0130_run_outcomes

-- migrate: apply
ALTER TABLE run_outcome ADD COLUMN last_sent_at timestamptz;
UPDATE run_outcome o SET last_sent_at = s.at
FROM (SELECT enrollment_id, max(coalesce(claimed_at, decided_at)) AS at FROM send WHERE state = 'sent' GROUP BY enrollment_id) s
WHERE s.enrollment_id = o.enrollment_id;
CREATE INDEX run_outcome_last_sent ON run_outcome (sequence, last_sent_at) WHERE last_sent_at IS NOT NULL;

-- migrate: rollback
DROP INDEX run_outcome_last_sent;
ALTER TABLE run_outcome DROP COLUMN last_sent_at;
