-- A step in fewer messages: a run is locked and read in one, and what came of a send is settled with its plan in one.
-- depends: 0070_send_obstacles 0102_plan_revision

-- migrate: apply
-- What the plan of a run depends on, besides its record.
CREATE FUNCTION plan_rows(of_run text) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object(
        'steps', coalesce((SELECT jsonb_agg(to_jsonb(s) ORDER BY s.position)
                           FROM enrollment_step s WHERE s.enrollment_id = of_run), '[]'),
        'pauses', coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.started_at)
                            FROM enrollment_pause p WHERE p.enrollment_id = of_run), '[]'));
END $$;

-- Locks a run and reads it with its rows. Each statement of the function sees what was committed before it began, so the
-- rows are those of the locked run. "mark" tells whether the rows of its plan are still the same.
CREATE FUNCTION lock_whole_run(of_run text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
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
        -- What a step asks of the run's sends, without their words; the oldest first, those that never left us last.
        'sends', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'step', s.step, 'channel', s.channel, 'state', s.state, 'sender', s.sender, 'message_id', s.message_id,
                'subject', s.subject, 'handed_at', s.handed_at, 'undelivered_at', s.undelivered_at,
                'undelivered_reason', s.undelivered_reason) ORDER BY s.claimed_at, s.id)
            FROM send s WHERE s.enrollment_id = of_run), '[]'));
END $$;

-- Plans of steps: "state" is planned, or skipped by this very plan. What was decided before is not touched.
CREATE FUNCTION write_steps(of_plan jsonb) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO enrollment_step AS known (enrollment_id, step, position, state, due_at, decided_at, reason, moved_by,
                                          timezone, timezone_source, own_at, judged_at)
    SELECT s.enrollment_id, s.step, s.position, s.state, s.due_at, s.decided_at, s.reason,
           ARRAY(SELECT jsonb_array_elements_text(s.moved_by)), s.timezone, s.timezone_source, s.own_at, s.judged_at
    FROM jsonb_to_recordset(of_plan)
         AS s(enrollment_id text, step text, position integer, state text, due_at timestamptz, decided_at timestamptz,
              reason text, moved_by jsonb, timezone text, timezone_source text, own_at timestamptz, judged_at timestamptz)
    ON CONFLICT (enrollment_id, step) DO UPDATE
    SET position = excluded.position, state = excluded.state, due_at = excluded.due_at, decided_at = excluded.decided_at,
        reason = excluded.reason, moved_by = excluded.moved_by, timezone = excluded.timezone,
        timezone_source = excluded.timezone_source, own_at = excluded.own_at, judged_at = excluded.judged_at
    WHERE known.state = 'planned';
END $$;

-- "sent" for the send and for its step, with the contact and the plan of what is left, if the run is still as it was when
-- that plan was made. False: nothing was written; it has to be planned again.
CREATE FUNCTION settle_sent_step(
    of_run text, run_version int, revision int, mark text, of_step text, steps jsonb, of_send text, claimer text,
    at timestamptz, provider_id text, code text, reason text, event_id text, kind text, origin text, lineage text[])
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    whom text;
BEGIN
    PERFORM 1 FROM enrollment e
    WHERE e.id = of_run AND run_is_open(e.state) AND e.version = run_version AND e.plan_revision = revision
    FOR NO KEY UPDATE;
    IF NOT FOUND OR md5(plan_rows(of_run)::text) <> settle_sent_step.mark THEN
        RETURN false;
    END IF;
    UPDATE send s SET state = 'sent', decided_at = settle_sent_step.at,
                      provider_message_id = coalesce(provider_id, s.provider_message_id), code = settle_sent_step.code,
                      reason = settle_sent_step.reason, handed_at = coalesce(s.handed_at, s.claimed_at)
    WHERE s.id = of_send AND s.claimed_by = claimer AND s.state IN ('claimed', 'unknown') RETURNING s.person_id INTO whom;
    IF FOUND THEN
        PERFORM add_person_event(event_id, whom, kind, at, origin, lineage, of_send, NULL, at);
    END IF;
    UPDATE enrollment_step s SET state = 'sent', decided_at = settle_sent_step.at, reason = NULL
    WHERE s.enrollment_id = of_run AND s.step = of_step AND s.state IN ('planned', 'unknown');
    IF steps <> '[]' THEN
        PERFORM write_steps(steps);
    END IF;
    RETURN true;
END $$;

-- One plan for each connection: all of them ask for single rows by their keys, whatever the values. Else Postgres plans
-- each of the first five calls of a connection by itself, and a plan of the claim costs ten times what the claim does.
ALTER FUNCTION claim_send SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION lock_whole_run SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION settle_sent_step SET plan_cache_mode = force_generic_plan;

-- migrate: rollback
ALTER FUNCTION claim_send RESET plan_cache_mode;
DROP FUNCTION settle_sent_step, lock_whole_run, plan_rows, write_steps;
