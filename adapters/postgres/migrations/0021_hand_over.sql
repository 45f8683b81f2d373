-- A message is frozen when it is first handed over, not when it is first looked at; and how long it waits for a server.
-- depends: 0015_reviews

-- migrate: apply
-- Since when the provider has it, or may have it: from then on its bytes stay as they are. Until then they are written
-- anew whenever the message becomes due.
ALTER TABLE send ADD COLUMN handed_at timestamptz;
-- Since when it is due and only a server is in the way; NULL while it is not.
ALTER TABLE send ADD COLUMN waits_since timestamptz;
-- The few that 0.1 had in doubt once and was about to send again: a second copy must not differ from the first.
UPDATE send s SET handed_at = s.claimed_at
WHERE s.state = 'planned' AND s.attempts > 0
  AND EXISTS (SELECT 1 FROM enrollment_event v
              WHERE v.enrollment_id = s.enrollment_id AND v.kind = 'send_unknown' AND v.detail ->> 'send' = s.id);
CREATE INDEX send_waits ON send (waits_since) WHERE waits_since IS NOT NULL;
-- What is overdue and what was given up are counted whenever somebody asks for the health.
CREATE INDEX enrollment_step_due ON enrollment_step (due_at) WHERE state = 'planned';
CREATE INDEX follow_up_failed ON follow_up (at) WHERE state = 'failed';

-- A server that we need and cannot use, while that lasts and after it: by the clock of whoever met it.
CREATE TABLE outage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 'mail server', 'Twilio', or a folder that is read by IMAP
    service text NOT NULL,
    since timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    stage text NOT NULL,
    code text,
    reason text NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX outage_standing ON outage (service) WHERE ended_at IS NULL;
CREATE INDEX outage_ended ON outage (service, ended_at);

-- migrate: rollback
DROP TABLE outage;
DROP INDEX follow_up_failed, enrollment_step_due, send_waits;
ALTER TABLE send DROP COLUMN waits_since, DROP COLUMN handed_at;
