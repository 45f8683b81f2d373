-- What a text told, what its provider reported, and why it did not arrive.
-- depends: 0009_notices

-- migrate: apply
-- The text says how to opt out, by its own words or by the line that was put under it.
ALTER TABLE send ADD COLUMN tells_opt_out boolean NOT NULL DEFAULT false;
-- The provider's code beside the status that is kept (Twilio's ErrorCode), or null.
ALTER TABLE send ADD COLUMN provider_error text;
-- Every report once: a repeated or replayed one finds its row and does nothing.
CREATE TABLE text_report (
    provider_message_id text NOT NULL,
    status text NOT NULL,
    send_id text NOT NULL REFERENCES send,
    error_code text,
    at timestamptz NOT NULL,
    PRIMARY KEY (provider_message_id, status)
);
CREATE INDEX text_report_send ON text_report (send_id);

-- migrate: rollback
DROP TABLE text_report;
ALTER TABLE send DROP COLUMN provider_error, DROP COLUMN tells_opt_out;
