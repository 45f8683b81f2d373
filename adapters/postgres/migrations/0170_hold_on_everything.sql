-- One hold on everything, who asked for a hold, and when it ends automatically.
-- depends: 0137_closed_days 0152_answers_of_reactions

-- migrate: apply
ALTER TABLE hold DROP CONSTRAINT hold_scope_check,
    ADD CONSTRAINT hold_scope_check CHECK (scope IN ('sequence', 'owner', 'everything')),
    ADD COLUMN asked_by text,
    -- None: somebody ends it
    ADD COLUMN until timestamptz,
    ADD COLUMN ended_by text;

-- Whether a hold is about a run. Postgres puts it into the plan: with a known scope it is a condition on one column.
CREATE FUNCTION hold_covers(hold_scope text, hold_key text, of_sequence text, of_owner text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hold_scope = 'everything' OR (hold_scope = 'sequence' AND hold_key = of_sequence)
        OR (hold_scope = 'owner' AND hold_key = of_owner)
$$;

CREATE OR REPLACE FUNCTION holds_over(of_sequence text, of_owner text) RETURNS SETOF hold LANGUAGE sql STABLE AS $$
    SELECT h.* FROM hold h WHERE h.ended_at IS NULL AND hold_covers(h.scope, h.key, of_sequence, of_owner)
$$;

CREATE FUNCTION everything_is_on_hold() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM hold h WHERE h.scope = 'everything' AND h.ended_at IS NULL)
$$;

-- Claims take turns with new holds. A claim shares the lock, and asks for holds in a statement that begins after it has
-- it; a new hold waits for the claims under way and keeps new ones out until its commit. So no claim is committed after it.
CREATE FUNCTION share_turn_with_holds() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock_shared(hashtextextended('holds', 0))
$$;
CREATE FUNCTION take_turn_of_holds() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('holds', 0))
$$;

-- As before (0137_closed_days.sql), and takes turns with new holds.
CREATE OR REPLACE FUNCTION claim_send(
    in_send text, in_claimer text, in_now timestamptz, in_since timestamptz, in_cap int,
    in_day date DEFAULT NULL, in_owner text DEFAULT NULL)
RETURNS SETOF send LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('holds', 0));
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
CREATE OR REPLACE FUNCTION claim_send(
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
DROP FUNCTION take_turn_of_holds, share_turn_with_holds, everything_is_on_hold;
CREATE OR REPLACE FUNCTION holds_over(of_sequence text, of_owner text) RETURNS SETOF hold LANGUAGE sql STABLE AS $$
    SELECT h.* FROM hold h WHERE h.ended_at IS NULL
      AND ((h.scope = 'sequence' AND h.key = of_sequence) OR (h.scope = 'owner' AND h.key = of_owner))
$$;
DROP FUNCTION hold_covers;
-- While everything is on hold this stops here: nothing may be sent because of an older version.
DELETE FROM hold_run r USING hold h WHERE h.id = r.hold_id AND h.scope = 'everything' AND h.ended_at IS NOT NULL;
DELETE FROM hold WHERE scope = 'everything' AND ended_at IS NOT NULL;
ALTER TABLE hold DROP CONSTRAINT hold_scope_check,
    ADD CONSTRAINT hold_scope_check CHECK (scope IN ('sequence', 'owner')),
    DROP COLUMN ended_by, DROP COLUMN until, DROP COLUMN asked_by;
