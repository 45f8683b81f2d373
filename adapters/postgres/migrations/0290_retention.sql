-- How long data is kept: what is in force, what the last pass did, and what is never removed because something needs it.
-- depends: 0013_reconciliation 0111_crm_event 0176_judged_later 0183_claimed_as_stored 0205_people_files 0217_passkeys 0246_ended_runs 0252_rehearsals 0256_attachments_ring 0261_webhook_endpoints

-- migrate: apply
-- One row a class (sequences/retention.py): what is in force, what is announced, and the last pass.
CREATE TABLE retention (
    kind text PRIMARY KEY,
    in_force text NOT NULL,
    period text NOT NULL,
    since timestamptz NOT NULL,
    -- of the last pass; without an end it is under way, or was cut off
    started_at timestamptz,
    ended_at timestamptz,
    removed bigint NOT NULL DEFAULT 0,
    removed_ever bigint NOT NULL DEFAULT 0
);

-- The words of a message are gone; that it came is not.
ALTER TABLE inbound ADD COLUMN text_removed boolean NOT NULL DEFAULT false;

-- The one rule of what stays however old it is. Of a run: it is open; a reaction to it is not handled; a message of it
-- is not settled, or nobody knows whether it went out; an answer or a follow-up of it is on its way.
CREATE FUNCTION run_is_needed(run text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM enrollment e WHERE e.id = run AND run_is_open(e.state))
        OR EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = run AND r.handled_at IS NULL)
        OR EXISTS (SELECT 1 FROM send s WHERE s.enrollment_id = run
                   AND (s.state IN ('planned', 'claimed') OR (s.state = 'unknown' AND s.resolution IS NULL)))
        OR EXISTS (SELECT 1 FROM follow_up f WHERE f.enrollment_id = run AND f.state = 'pending')
        OR EXISTS (SELECT 1 FROM answer a WHERE a.enrollment_id = run AND a.state = 'planned')
        OR EXISTS (SELECT 1 FROM answer a WHERE a.enrollment_id = run AND a.state = 'claimed')
$$;
-- Of a message that came in: a person has yet to say whose it is or what it means, or it goes on to an owner, or its run
-- is needed. A run is that of a reaction, of the message that it answers, or the one that a person chose.
CREATE FUNCTION inbound_is_needed(message text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.state = 'unmatched')
        OR EXISTS (SELECT 1 FROM waiting_attachment w WHERE w.inbound_id = message)
        OR EXISTS (
            SELECT 1 FROM reaction r WHERE r.inbound_id = message
              AND (run_is_needed(r.enrollment_id)
                   OR (r.kind = 'replied' AND r.reviewed_at IS NULL AND coalesce(r.held_for_review, true)
                       AND NOT coalesce(r.opt_out, false))
                   OR EXISTS (SELECT 1 FROM waiting_review w WHERE w.reaction_id = r.id)
                   OR EXISTS (SELECT 1 FROM reply_forwarding f WHERE f.reaction_id = r.id AND f.state = 'waiting')))
        OR EXISTS (SELECT 1 FROM inbound i JOIN send s ON s.id = i.send_id
                   WHERE i.id = message AND run_is_needed(s.enrollment_id))
        OR EXISTS (SELECT 1 FROM inbound i WHERE i.id = message AND i.attached_to IS NOT NULL
                   AND run_is_needed(i.attached_to))
$$;
-- Words that somebody has corrected the model by are what it learns from.
CREATE FUNCTION inbound_is_reviewed(message text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM reaction r JOIN review v ON v.reaction_id = r.id WHERE r.inbound_id = message)
$$;

-- What is yet to be removed, the oldest first: what is removed leaves the index, so a batch reads what it removes.
CREATE INDEX inbound_with_raw ON inbound (received_at, id) WHERE raw <> ''::bytea;
CREATE INDEX inbound_with_text ON inbound (received_at, id) WHERE NOT text_removed;
-- Of settled messages only: a send is written three times, and comes in here once.
CREATE INDEX send_with_content ON send (coalesce(decided_at, planned_at), id)
    WHERE content <> ''::bytea AND state NOT IN ('planned', 'claimed');
CREATE INDEX answer_with_content ON answer (asked_at, id) WHERE content <> ''::bytea;
CREATE INDEX notice_mail_with_content ON notice_mail (created_at, id) WHERE content <> ''::bytea;
CREATE INDEX crm_event_by_age ON crm_event (received_at, id);

-- Rows of the audit log are never changed. They are removed by retention alone, which says in its transaction how old
-- they must be.
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < nullif(current_setting('relance.audit_before', true), '')::timestamptz THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_event is append-only: rows are never changed or deleted';
END $$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_event is append-only: rows are never changed or deleted';
END $$;
DROP INDEX crm_event_by_age, notice_mail_with_content, answer_with_content, send_with_content, inbound_with_text,
    inbound_with_raw;
DROP FUNCTION inbound_is_reviewed, inbound_is_needed, run_is_needed;
ALTER TABLE inbound DROP COLUMN text_removed;
DROP TABLE retention;
