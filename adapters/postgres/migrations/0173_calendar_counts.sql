-- What is planned, and its numbers per day and step: counted here, so that a calendar of any size is a few rows.
-- depends: 0070_send_obstacles

-- migrate: apply
-- Planned steps of open runs; None is any. "day" is the recipient's own: null for a step that waits for its date, which
-- lies in no span of time that has an end. A zone that Postgres does not know yet counts as UTC.
CREATE FUNCTION planned_steps(asked_start timestamptz, asked_stop timestamptz, of_sequence text, of_owner text)
RETURNS TABLE (
    day date, due_at timestamptz, timezone text, timezone_source text, moved_by text[], reason text, step text,
    "position" int, enrollment text, sequence text, version int, state text, person_id text, record_id text, owner_id text)
LANGUAGE sql STABLE AS $$
    SELECT (s.due_at AT TIME ZONE CASE WHEN s.timezone IN (SELECT z.name FROM pg_timezone_names z) THEN s.timezone
                                       ELSE 'UTC' END)::date,
           s.due_at, s.timezone, s.timezone_source, s.moved_by, s.reason, s.step, s.position, e.id, e.sequence,
           e.version, e.state, e.person_id, e.record_id, e.owner_id
    FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
    WHERE s.state = 'planned' AND run_is_open(e.state)
      AND (s.due_at IS NOT NULL OR (s.reason = 'no_day_zero' AND asked_stop IS NULL))
      AND (asked_start IS NULL OR s.due_at IS NULL OR s.due_at >= asked_start)
      AND (asked_stop IS NULL OR s.due_at < asked_stop)
      AND (of_sequence IS NULL OR e.sequence = of_sequence)
      AND (of_owner IS NULL OR e.owner_id = of_owner)
$$;

-- The same, counted per day, step and version. "waiting": for more than the clock (a hold, a paused run, a date);
-- "timezone" is that of the earliest.
CREATE FUNCTION calendar_counts(asked_start timestamptz, asked_stop timestamptz, of_sequence text, of_owner text)
RETURNS TABLE (
    day date, sequence text, step text, version int, number bigint, waiting bigint, first_at timestamptz,
    last_at timestamptz, timezone text)
LANGUAGE sql STABLE AS $$
    SELECT c.day, c.sequence, c.step, c.version, sum(c.number)::bigint,
           coalesce(sum(c.number) FILTER (WHERE c.day IS NULL OR c.paused
                                          OR EXISTS (SELECT 1 FROM holds_over(c.sequence, c.owner_id))), 0)::bigint,
           min(c.first_at), max(c.last_at), (array_agg(c.timezone ORDER BY c.first_at))[1]
    -- First by all that a hold or a zone depends on: it is asked for each group, and not for each step.
    FROM (SELECT p.day, p.sequence, p.step, p.version, p.timezone, p.owner_id, p.state = 'paused' AS paused,
                 count(*) AS number, min(p.due_at) AS first_at, max(p.due_at) AS last_at
          FROM planned_steps(asked_start, asked_stop, of_sequence, of_owner) p GROUP BY 1, 2, 3, 4, 5, 6, 7) c
    GROUP BY c.day, c.sequence, c.step, c.version
$$;

-- migrate: rollback
DROP FUNCTION calendar_counts, planned_steps;
