-- The runs of a sequence that have stopped or finished, the newest first, also where there are few of them.
-- depends: 0245_console_at_size

-- migrate: apply
-- Two, since "state is one of" has no order in one index. A run ends once, so it is in one of them.
CREATE INDEX enrollment_stopped ON enrollment (sequence, enrolled_at, id) WHERE state = 'stopped';
CREATE INDEX enrollment_finished ON enrollment (sequence, enrolled_at, id) WHERE state = 'finished';

-- migrate: rollback
DROP INDEX enrollment_finished, enrollment_stopped;
