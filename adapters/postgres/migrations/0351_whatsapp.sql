-- Whether a person agreed to be written to by WhatsApp: since when, and by what.
-- depends: 0350_bookings

-- migrate: apply
ALTER TABLE person ADD COLUMN whatsapp_opt_in text, ADD COLUMN whatsapp_opt_in_source text;
CREATE INDEX inbound_of_channel ON inbound (channel, sender, received_at) WHERE channel NOT IN ('email', 'sms', 'web');

-- migrate: rollback
DROP INDEX inbound_of_channel;
ALTER TABLE person DROP COLUMN whatsapp_opt_in, DROP COLUMN whatsapp_opt_in_source;
