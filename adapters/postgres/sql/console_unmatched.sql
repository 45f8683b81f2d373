-- name: console_runs_of_people(people, most)
-- not null: sequence_name
-- Of each of these people the newest runs, those that are open first.
SELECT r.*, coalesce(v.definition ->> 'name', r.sequence) AS sequence_name
FROM unnest(:people::text[]) AS one (person)
CROSS JOIN LATERAL (
    SELECT e.id, e.person_id, e.sequence, e.version, e.state, e.owner_id, e.enrolled_at FROM enrollment e
    WHERE e.person_id = one.person ORDER BY NOT run_is_open(e.state), e.enrolled_at DESC, e.id LIMIT :most
) r
JOIN sequence_version v ON v.sequence = r.sequence AND v.version = r.version;
