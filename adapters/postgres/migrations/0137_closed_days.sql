-- Days on which nothing goes: of the whole organisation, or of one owner's runs.
-- depends: 0106_whole_run

-- migrate: apply
CREATE TABLE closed_day (
    day date NOT NULL,
    -- None: of everybody
    owner_id text,
    since timestamptz NOT NULL
);
CREATE UNIQUE INDEX closed_day_once ON closed_day (coalesce(owner_id, ''), day);
-- What is planned again when a day opens.
CREATE INDEX enrollment_step_closed ON enrollment_step (enrollment_id)
    WHERE state = 'planned' AND (moved_by @> ARRAY['closed'] OR reason LIKE '%closed%');

CREATE FUNCTION is_closed(on_day date, of_owner text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM closed_day c WHERE c.day = on_day AND coalesce(c.owner_id, '') IN ('', of_owner))
$$;

-- As before (0070_send_obstacles.sql), and nothing is claimed on a closed day: "in_day" is the day of the step's zone, as
-- the planner reads it, and "in_owner" whose the record is. A worker of another version asks without them.
DROP FUNCTION claim_send(text, text, timestamptz, timestamptz, int);
CREATE FUNCTION claim_send(
    in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int,
    in_day date DEFAULT NULL, in_owner text DEFAULT NULL)
RETURNS SETOF send LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(turn.key) FROM (
        SELECT hashtextextended(each, 0) AS key
        FROM send s, unnest(ARRAY['person:' || s.channel || ':' || s.person_id,
                                  'address:' || s.channel || ':' || coalesce(s.recipient_key, lower(s.recipient))]) AS each
        WHERE s.id = in_send ORDER BY 1 OFFSET 0) AS turn;
    RETURN QUERY
    UPDATE send s SET state = 'claimed', claimed_at = in_now, claimed_by = in_claimer, attempts = s.attempts + 1,
                      waits_since = NULL
    WHERE s.id = in_send AND s.state = 'planned' AND NOT is_closed(in_day, in_owner) AND NOT EXISTS (SELECT 1 FROM send_obstacles(
        s.id, s.enrollment_id, s.step, s.channel, s.person_id, coalesce(s.recipient_key, lower(s.recipient)), s.sender,
        s.slot_at, in_now, in_since, in_cap))
    RETURNING s.*;
END $$;

-- migrate: rollback
DROP FUNCTION claim_send(text, text, timestamptz, timestamptz, int, date, text);
CREATE FUNCTION claim_send(in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int)
RETURNS SETOF send LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(turn.key) FROM (
        SELECT hashtextextended(each, 0) AS key
        FROM send s, unnest(ARRAY['person:' || s.channel || ':' || s.person_id,
                                  'address:' || s.channel || ':' || coalesce(s.recipient_key, lower(s.recipient))]) AS each
        WHERE s.id = in_send ORDER BY 1 OFFSET 0) AS turn;
    RETURN QUERY
    UPDATE send s SET state = 'claimed', claimed_at = in_now, claimed_by = in_claimer, attempts = s.attempts + 1,
                      waits_since = NULL
    WHERE s.id = in_send AND s.state = 'planned' AND NOT EXISTS (SELECT 1 FROM send_obstacles(
        s.id, s.enrollment_id, s.step, s.channel, s.person_id, coalesce(s.recipient_key, lower(s.recipient)), s.sender,
        s.slot_at, in_now, in_since, in_cap))
    RETURNING s.*;
END $$;
DROP FUNCTION is_closed;
DROP INDEX enrollment_step_closed;
DROP TABLE closed_day;
