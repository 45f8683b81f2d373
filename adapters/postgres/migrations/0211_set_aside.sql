-- What came in and was set aside by hand can be found again, in the order in which that was done.
-- depends: 0130_run_outcomes

-- migrate: apply
CREATE INDEX inbound_set_aside ON inbound (dismissed_at, id) WHERE state = 'ignored' AND dismissed_at IS NOT NULL;

-- migrate: rollback
DROP INDEX inbound_set_aside;
