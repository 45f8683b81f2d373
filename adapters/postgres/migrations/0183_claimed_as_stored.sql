-- A message that is written for the first time is stored as claimed, by the statement that asks what forbids it.
-- depends: 0106_whole_run 0150_variants 0152_answers_of_reactions 0170_hold_on_everything

-- migrate: apply
-- A run with the rows of its plan and its sends, as lock_whole_run returned them (0106_whole_run.sql says more).
CREATE FUNCTION whole_run(run enrollment) RETURNS jsonb LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    planned jsonb := plan_rows(run.id);
BEGIN
    RETURN planned || jsonb_build_object(
        'run', to_jsonb(run),
        'mark', md5(planned::text),
        'sends', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'step', s.step, 'channel', s.channel, 'state', s.state, 'sender', s.sender, 'message_id', s.message_id,
                'subject', s.subject, 'handed_at', s.handed_at, 'undelivered_at', s.undelivered_at,
                'undelivered_reason', s.undelivered_reason) ORDER BY s.claimed_at, s.id)
            FROM send s WHERE s.enrollment_id = run.id), '[]'));
END $$;

CREATE OR REPLACE FUNCTION lock_whole_run(of_run text) RETURNS jsonb LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    run enrollment;
BEGIN
    SELECT * INTO run FROM enrollment e WHERE e.id = of_run FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN whole_run(run);
END $$;

-- Stores and claims the message of a step, if the run is still as it was when the message was made of it ("mark"), and
-- nothing forbids it. False: no message was written. What is asked is what "claim_send" asks, in the same turns.
CREATE FUNCTION claim_new_send(
    in_run text, in_version int, in_revision int, in_mark text, in_send jsonb, in_content bytea, in_text text,
    in_links jsonb, in_claimer text, in_now timestamptz, in_slot timestamptz, in_since timestamptz, in_cap int,
    in_day date, in_owner text)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    run_state text;
    new record;
BEGIN
    -- Before any other lock, as who orders a hold has it first, too.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('holds', 0));
    SELECT e.state INTO run_state FROM enrollment e
    WHERE e.id = in_run AND e.state IN ('starting', 'active') AND e.version = in_version AND e.plan_revision = in_revision
    FOR NO KEY UPDATE;
    IF NOT FOUND OR md5(plan_rows(in_run)::text) <> in_mark THEN
        RETURN false;
    END IF;
    IF run_state = 'starting' THEN
        -- Its workflow was quicker than the process that started it.
        UPDATE enrollment e SET state = 'active', started_at = in_now WHERE e.id = in_run;
    END IF;
    SELECT s.*, coalesce(s.recipient_key, lower(s.recipient)) AS key INTO new FROM jsonb_to_record(in_send) AS s(
        id text, step text, person_id text, channel text, sender text, recipient text, recipient_key text, subject text,
        message_id text, variant text);
    PERFORM pg_advisory_xact_lock(turn.key) FROM (
        SELECT hashtextextended(each, 0) AS key
        FROM unnest(ARRAY['person:' || new.channel || ':' || new.person_id, 'address:' || new.channel || ':' || new.key]) AS each
        ORDER BY 1 OFFSET 0) AS turn;
    INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, recipient_key, subject,
                      message_id, content, text, planned_at, variant, slot_at, claimed_at, claimed_by, attempts)
    SELECT new.id, in_run, new.step, new.person_id, new.channel, 'claimed', new.sender, new.recipient, new.recipient_key,
           new.subject, new.message_id, in_content, in_text, in_now, new.variant, in_slot, in_now, in_claimer, 1
    WHERE NOT is_closed(in_day, in_owner) AND NOT EXISTS (SELECT 1 FROM send_obstacles(
        new.id, in_run, new.step, new.channel, new.person_id, new.key, new.sender, in_slot, in_now, in_since, in_cap))
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF in_links <> '[]' THEN
        INSERT INTO send_link (id, send_id, position, target)
        SELECT l.id, new.id, l.position, l.target
        FROM jsonb_to_recordset(in_links) AS l(id text, position integer, target text)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN true;
END $$;

-- migrate: rollback
DROP FUNCTION claim_new_send;
CREATE OR REPLACE FUNCTION lock_whole_run(of_run text) RETURNS jsonb LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    run enrollment;
    planned jsonb;
BEGIN
    SELECT * INTO run FROM enrollment e WHERE e.id = of_run FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    planned := plan_rows(of_run);
    RETURN planned || jsonb_build_object(
        'run', to_jsonb(run),
        'mark', md5(planned::text),
        'sends', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'step', s.step, 'channel', s.channel, 'state', s.state, 'sender', s.sender, 'message_id', s.message_id,
                'subject', s.subject, 'handed_at', s.handed_at, 'undelivered_at', s.undelivered_at,
                'undelivered_reason', s.undelivered_reason) ORDER BY s.claimed_at, s.id)
            FROM send s WHERE s.enrollment_id = of_run), '[]'));
END $$;
DROP FUNCTION whole_run;
