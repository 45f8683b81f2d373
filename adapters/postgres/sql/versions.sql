-- name: lock_sequence(sequence)!
SELECT pg_advisory_xact_lock(hashtextextended('sequence:' || :sequence, 0));

-- name: newest_version(sequence)^
SELECT * FROM sequence_version WHERE sequence = :sequence ORDER BY version DESC LIMIT 1;

-- name: published_names(limit)
SELECT DISTINCT sequence FROM sequence_version ORDER BY sequence LIMIT :limit;

-- name: newest_number(sequence)$
SELECT max(version) FROM sequence_version WHERE sequence = :sequence;

-- name: version_row(sequence, version)^
SELECT * FROM sequence_version WHERE sequence = :sequence AND version = :version;

-- name: add_version(sequence, version, definition, templates, fingerprint, published_at)!
INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at)
VALUES (:sequence, :version, :definition, :templates, :fingerprint, :published_at);

-- name: runs_of_older_versions(sequence, step, version)^
-- not null: had, waiting
-- Open runs that a choice between variants leaves alone: those that have the message, and those that are still to get it.
SELECT count(*) FILTER (WHERE s.state IN ('sent', 'unknown')) AS had,
       count(*) FILTER (WHERE s.state = 'planned') AS waiting
FROM enrollment e JOIN enrollment_step s ON s.enrollment_id = e.id AND s.step = :step
WHERE e.sequence = :sequence AND e.version < :version AND run_is_open(e.state);

-- name: step_conditions(sequences, versions)
-- not null: step
-- The conditions of steps in these versions, as they were published; of steps that have any.
SELECT v.sequence, v.version, t.step ->> 'id' AS step, t.step -> 'if' AS conditions
FROM unnest(:sequences::text[], :versions::int[]) AS g(sequence, version)
JOIN sequence_version v ON v.sequence = g.sequence AND v.version = g.version
CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'steps') AS t(step)
WHERE jsonb_typeof(t.step -> 'if') <> 'null';
