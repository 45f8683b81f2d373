-- Mailboxes of their own: who owns one, by which server it sends and is read, its limits and its state.
-- depends: 0298_unconfirmed_opt_outs 0305_restorations

-- migrate: apply
-- A row without an id is an address that something was sent from: only its limits are kept.
ALTER TABLE mailbox ALTER COLUMN started_on DROP NOT NULL;
ALTER TABLE mailbox
    ADD COLUMN id text CONSTRAINT mailbox_id UNIQUE CHECK (id ~ '^x[a-z0-9]{10,40}$'),
    -- on its mails; null: that of its owner
    ADD COLUMN name text,
    -- the recruiter whose mail goes out from it; null: nobody's
    ADD COLUMN owner_id text,
    -- mailboxes of one pool share the load of the sequences that name it
    ADD COLUMN pool text,
    ADD COLUMN signature_text text,
    ADD COLUMN signature_html text,
    -- as the setting RELANCE_MAILBOX_LIMITS is written; null: that setting
    ADD COLUMN limits text,
    ADD COLUMN state text CHECK (state IN ('active', 'paused', 'disconnected', 'archived')),
    ADD COLUMN state_reason text,
    ADD COLUMN state_since timestamptz,
    -- organisation: the server of the settings; else a kind that adapters/mail/outgoing/kinds.py knows
    ADD COLUMN transport text,
    ADD COLUMN transport_settings jsonb,
    -- sealed with a key of the settings: without them it opens nothing
    ADD COLUMN transport_secret bytea,
    -- organisation: answers come to the signed reply address; imap: its own inbox is read
    ADD COLUMN inbound text CHECK (inbound IN ('organisation', 'imap')),
    ADD COLUMN inbound_settings jsonb,
    ADD COLUMN inbound_secret bytea,
    -- signed: the signed reply address stands in Reply-To; own: answers go to the mailbox itself
    ADD COLUMN reply_to text CHECK (reply_to IN ('signed', 'own')),
    ADD COLUMN added_at timestamptz,
    ADD COLUMN added_by text,
    ADD COLUMN changed_at timestamptz,
    ADD CONSTRAINT mailbox_own CHECK (id IS NULL OR num_nulls(
        state, state_since, transport, transport_settings, inbound, inbound_settings, reply_to, added_at, added_by,
        changed_at) = 0);
CREATE INDEX mailbox_owner ON mailbox (owner_id) WHERE id IS NOT NULL;

-- What processes know of mailboxes is read again when this number is another one.
CREATE TABLE mailbox_revision (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL
);
INSERT INTO mailbox_revision (number) VALUES (0);
CREATE FUNCTION mailbox_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The row lock keeps the changes in their order: who reads a number has read all up to it.
    UPDATE mailbox_revision SET number = number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER mailbox_added AFTER INSERT ON mailbox FOR EACH ROW WHEN (NEW.id IS NOT NULL)
    EXECUTE FUNCTION mailbox_changed();
CREATE TRIGGER mailbox_set AFTER UPDATE OF id, name, owner_id, pool, signature_text, signature_html, limits, state, transport,
    transport_settings, transport_secret, inbound, inbound_settings, inbound_secret, reply_to ON mailbox
    FOR EACH ROW WHEN (NEW.id IS NOT NULL) EXECUTE FUNCTION mailbox_changed();

-- From which mailbox the mail of a run goes out, once that was decided; null: not yet, or from an address without a row.
ALTER TABLE enrollment ADD COLUMN mailbox_id text;
CREATE INDEX enrollment_mailbox ON enrollment (mailbox_id, id)
    WHERE mailbox_id IS NOT NULL AND state NOT IN ('stopped', 'finished');

-- As in 0298_unconfirmed_opt_outs.sql, and nothing goes out from a mailbox that is not active.
CREATE OR REPLACE FUNCTION send_obstacles(
    of_send text, of_run text, of_step text, by_channel text, to_person text, to_key text, from_sender text,
    slot timestamptz, at timestamptz, since timestamptz, cap int)
RETURNS TABLE (place int, obstacle text, detail text, until timestamptz) LANGUAGE sql STABLE ROWS 1 AS $$
SELECT o.* FROM enrollment e LEFT JOIN person p ON p.id = e.person_id CROSS JOIN LATERAL (
    -- An answer that nobody has handled: to this run, of the person to whichever run, or one that may be to any of several.
    SELECT 1, 'held', NULL::text, NULL::timestamptz
    WHERE EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
       OR EXISTS (SELECT 1 FROM reaction a WHERE a.kind = 'replied' AND a.handled_at IS NULL
                  AND (a.person_id = to_person OR a.address = to_key))
       OR EXISTS (SELECT 1 FROM inbound i WHERE i.state = 'unmatched' AND i.holds <> '{}'
                  AND lower(i.sender) = to_key AND e.id = ANY(i.holds))
       OR EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id))
    UNION ALL
    -- A wish not to be contacted that nobody has confirmed or denied: of the person, or of one of their addresses.
    SELECT 1, 'held', 'opt_out_unconfirmed', NULL
    WHERE EXISTS (SELECT 1 FROM opt_out_holds_on(to_person, ARRAY[to_key, p.email_key, p.phone_key], by_channel))
    UNION ALL
    -- A message that answers a reaction belongs to it: its own verdict is no obstacle.
    SELECT 2, 'run', e.state, NULL WHERE e.state <> 'active' AND NOT EXISTS (
        SELECT 1 FROM send x JOIN follow_up f ON f.id = x.follow_up_id JOIN reaction r ON r.id = f.cause
        WHERE x.id = of_send AND r.decision = CASE e.state WHEN 'stopped' THEN 'stop' WHEN 'paused' THEN 'pause' END)
    UNION ALL
    (SELECT 3, 'suppressed', x.reason, NULL FROM suppressions_on(to_person, ARRAY[to_key, p.email_key, p.phone_key]) x
     WHERE x.channel IN (by_channel, 'all') ORDER BY x.id LIMIT 1)
    UNION ALL
    SELECT 4, 'same_address', NULL, NULL
    WHERE EXISTS (SELECT 1 FROM address_taken(e.sequence, of_step, by_channel, to_key, to_person, e.id, at))
    UNION ALL
    SELECT 5, 'for_another', NULL, NULL WHERE to_person <> e.person_id
    UNION ALL
    SELECT 6, 'frequency_cap', NULL, NULL WHERE cap IS NOT NULL AND (
        SELECT count(*) FROM send s WHERE s.channel = by_channel AND s.id <> of_send
        AND (s.person_id = to_person OR coalesce(s.recipient_key, lower(s.recipient)) = to_key)
        AND s.state IN ('claimed', 'sent', 'unknown') AND s.claimed_at >= since AND s.claimed_at <= at) >= cap
    UNION ALL
    -- It is paused, cannot be logged in to any more, or was archived: what it would send waits.
    SELECT 7, 'mailbox', m.state, NULL FROM mailbox m
    WHERE m.channel = by_channel AND m.address = lower(from_sender) AND m.state <> 'active'
    UNION ALL
    SELECT 8, 'mailbox_backed_off', NULL, max(b.until) FROM mailbox_back_off b
    WHERE b.channel = by_channel AND b.address = lower(from_sender) AND b.since <= at AND b.until > at
    HAVING max(b.until) IS NOT NULL
    UNION ALL
    SELECT 9, 'slot', NULL, slot WHERE slot > at
    UNION ALL
    -- The run's person is gone, or is not the one behind the placement any more: the step ends the run.
    SELECT 10, 'gone', NULL, NULL WHERE p.deleted_at IS NOT NULL
        OR (e.record_type = 'placement' AND EXISTS (
            SELECT 1 FROM placement pl WHERE pl.id = e.record_id
            AND (pl.person_id <> e.person_id OR pl.deleted_at IS NOT NULL)))
) o WHERE e.id = of_run
$$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION send_obstacles(
    of_send text, of_run text, of_step text, by_channel text, to_person text, to_key text, from_sender text,
    slot timestamptz, at timestamptz, since timestamptz, cap int)
RETURNS TABLE (place int, obstacle text, detail text, until timestamptz) LANGUAGE sql STABLE ROWS 1 AS $$
SELECT o.* FROM enrollment e LEFT JOIN person p ON p.id = e.person_id CROSS JOIN LATERAL (
    -- An answer that nobody has handled: to this run, of the person to whichever run, or one that may be to any of several.
    SELECT 1, 'held', NULL::text, NULL::timestamptz
    WHERE EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = e.id AND r.holds AND r.handled_at IS NULL)
       OR EXISTS (SELECT 1 FROM reaction a WHERE a.kind = 'replied' AND a.handled_at IS NULL
                  AND (a.person_id = to_person OR a.address = to_key))
       OR EXISTS (SELECT 1 FROM inbound i WHERE i.state = 'unmatched' AND i.holds <> '{}'
                  AND lower(i.sender) = to_key AND e.id = ANY(i.holds))
       OR EXISTS (SELECT 1 FROM holds_over(e.sequence, e.owner_id))
    UNION ALL
    -- A wish not to be contacted that nobody has confirmed or denied: of the person, or of one of their addresses.
    SELECT 1, 'held', 'opt_out_unconfirmed', NULL
    WHERE EXISTS (SELECT 1 FROM opt_out_holds_on(to_person, ARRAY[to_key, p.email_key, p.phone_key], by_channel))
    UNION ALL
    -- A message that answers a reaction belongs to it: its own verdict is no obstacle.
    SELECT 2, 'run', e.state, NULL WHERE e.state <> 'active' AND NOT EXISTS (
        SELECT 1 FROM send x JOIN follow_up f ON f.id = x.follow_up_id JOIN reaction r ON r.id = f.cause
        WHERE x.id = of_send AND r.decision = CASE e.state WHEN 'stopped' THEN 'stop' WHEN 'paused' THEN 'pause' END)
    UNION ALL
    (SELECT 3, 'suppressed', x.reason, NULL FROM suppressions_on(to_person, ARRAY[to_key, p.email_key, p.phone_key]) x
     WHERE x.channel IN (by_channel, 'all') ORDER BY x.id LIMIT 1)
    UNION ALL
    SELECT 4, 'same_address', NULL, NULL
    WHERE EXISTS (SELECT 1 FROM address_taken(e.sequence, of_step, by_channel, to_key, to_person, e.id, at))
    UNION ALL
    SELECT 5, 'for_another', NULL, NULL WHERE to_person <> e.person_id
    UNION ALL
    SELECT 6, 'frequency_cap', NULL, NULL WHERE cap IS NOT NULL AND (
        SELECT count(*) FROM send s WHERE s.channel = by_channel AND s.id <> of_send
        AND (s.person_id = to_person OR coalesce(s.recipient_key, lower(s.recipient)) = to_key)
        AND s.state IN ('claimed', 'sent', 'unknown') AND s.claimed_at >= since AND s.claimed_at <= at) >= cap
    UNION ALL
    SELECT 7, 'mailbox_backed_off', NULL, max(b.until) FROM mailbox_back_off b
    WHERE b.channel = by_channel AND b.address = lower(from_sender) AND b.since <= at AND b.until > at
    HAVING max(b.until) IS NOT NULL
    UNION ALL
    SELECT 8, 'slot', NULL, slot WHERE slot > at
    UNION ALL
    -- The run's person is gone, or is not the one behind the placement any more: the step ends the run.
    SELECT 9, 'gone', NULL, NULL WHERE p.deleted_at IS NOT NULL
        OR (e.record_type = 'placement' AND EXISTS (
            SELECT 1 FROM placement pl WHERE pl.id = e.record_id
            AND (pl.person_id <> e.person_id OR pl.deleted_at IS NOT NULL)))
) o WHERE e.id = of_run
$$;
DROP INDEX enrollment_mailbox;
ALTER TABLE enrollment DROP COLUMN mailbox_id;
DROP TRIGGER mailbox_set ON mailbox;
DROP TRIGGER mailbox_added ON mailbox;
DROP FUNCTION mailbox_changed;
DROP TABLE mailbox_revision;
-- One that has sent nothing yet is not known to an older version.
DELETE FROM mailbox WHERE started_on IS NULL;
DROP INDEX mailbox_owner;
ALTER TABLE mailbox DROP CONSTRAINT mailbox_own,
    DROP COLUMN id, DROP COLUMN name, DROP COLUMN owner_id, DROP COLUMN pool, DROP COLUMN signature_text,
    DROP COLUMN signature_html, DROP COLUMN limits, DROP COLUMN state, DROP COLUMN state_reason, DROP COLUMN state_since,
    DROP COLUMN transport, DROP COLUMN transport_settings, DROP COLUMN transport_secret, DROP COLUMN inbound,
    DROP COLUMN inbound_settings, DROP COLUMN inbound_secret, DROP COLUMN reply_to, DROP COLUMN added_at,
    DROP COLUMN added_by, DROP COLUMN changed_at;
ALTER TABLE mailbox ALTER COLUMN started_on SET NOT NULL;
