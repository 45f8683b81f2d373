-- When a re-enrollment window keeps somebody out, said once. Postgres inlines both, so the partial indexes serve them.
-- depends: 0007_rules

-- migrate: apply
-- The row is the newest word on its key: nobody has ended, lifted or refused it.
CREATE FUNCTION relance_window_stands(state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('opening', 'open')
$$;

-- And its time is not over; the end of a window is outside it. Python: sequences.enrolling.entry.window_open.
CREATE FUNCTION relance_window_open(state text, until timestamptz, now timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- relance_window_stands written out: a function within a function would cost every plan twice.
    SELECT state IN ('opening', 'open') AND (until IS NULL OR until > now)
$$;

-- migrate: rollback
DROP FUNCTION relance_window_open(text, timestamptz, timestamptz);
DROP FUNCTION relance_window_stands(text);
