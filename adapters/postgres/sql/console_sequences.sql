-- name: console_sequence_lines()
-- not null: name, record, open_runs, older_runs, rules_on, steps
-- Every published sequence by its newest version, with its open runs.
SELECT v.sequence, coalesce(v.definition ->> 'name', v.sequence) AS name, v.definition ->> 'record' AS record, v.version,
       v.published_at, jsonb_array_length(v.definition -> 'steps') AS steps,
       v.definition #>> '{auto_enroll,assigned_by}' AS owner_id,
       nullif(concat_ws(' ', w.first_name, w.last_name), '') AS owner_name,
       o.open_runs, o.older_runs, EXISTS (SELECT FROM rule_state r WHERE r.sequence = v.sequence) AS rules_on,
       h.reason AS hold_reason, h.since AS held_since, a.archived_at
FROM sequence_version v
LEFT JOIN archived_sequence a ON a.sequence = v.sequence
LEFT JOIN owner w ON w.id = v.definition #>> '{auto_enroll,assigned_by}'
CROSS JOIN LATERAL (
    -- By the index of open runs alone, which has the version.
    SELECT count(*) AS open_runs, count(*) FILTER (WHERE e.version < v.version) AS older_runs
    FROM enrollment e WHERE e.sequence = v.sequence AND e.state NOT IN ('stopped', 'finished')
) o
-- Its own pause, or that of everything.
LEFT JOIN LATERAL (SELECT reason, since FROM holds_over(v.sequence, NULL) ORDER BY scope = 'sequence' DESC LIMIT 1) h ON true
WHERE NOT EXISTS (SELECT FROM sequence_version n WHERE n.sequence = v.sequence AND n.version > v.version)
ORDER BY v.sequence;

-- name: console_next_sends(until)
-- not null: sequence, due_at
-- When the next step of each sequence is due, of what is due until then. Among the first of all by the clock, where most
-- sequences have one; of the others through their runs.
WITH first AS MATERIALIZED (
    SELECT due_at, enrollment_id FROM enrollment_step
    WHERE state = 'planned' AND due_at < :until ORDER BY due_at LIMIT 5000
), soon AS MATERIALIZED (
    SELECT e.sequence, min(f.due_at) AS due_at FROM first f JOIN enrollment e ON e.id = f.enrollment_id
    WHERE e.state NOT IN ('stopped', 'finished') GROUP BY e.sequence
)
SELECT sequence, due_at FROM soon
UNION ALL
SELECT v.sequence, o.due_at FROM (
    SELECT sequence FROM sequence_version EXCEPT SELECT sequence FROM soon
) v CROSS JOIN LATERAL (
    SELECT min(s.due_at) AS due_at FROM enrollment e JOIN enrollment_step s ON s.enrollment_id = e.id
    WHERE e.sequence = v.sequence AND e.state NOT IN ('stopped', 'finished') AND s.state = 'planned' AND s.due_at < :until
) o
WHERE o.due_at IS NOT NULL AND (SELECT count(*) FROM first) = 5000;

-- name: console_last_sends()
-- not null: last_sent_at
-- When the last message of each published sequence was sent: one look at an index for each.
SELECT v.sequence, o.last_sent_at FROM (SELECT DISTINCT sequence FROM sequence_version) v CROSS JOIN LATERAL (
    SELECT last_sent_at FROM run_outcome WHERE sequence = v.sequence AND last_sent_at IS NOT NULL
    ORDER BY last_sent_at DESC LIMIT 1
) o;

-- name: console_next_send(sequence)^
-- not null: due_at, step
-- Of one sequence: which step is due next. Among the first of all by the clock, where a large sequence has one; else
-- through its runs.
WITH soon AS MATERIALIZED (
    SELECT f.due_at, f.step FROM (
        SELECT due_at, step, enrollment_id FROM enrollment_step
        WHERE state = 'planned' AND due_at IS NOT NULL ORDER BY due_at LIMIT 1000
    ) f JOIN enrollment e ON e.id = f.enrollment_id
    WHERE e.sequence = :sequence AND e.state NOT IN ('stopped', 'finished') ORDER BY f.due_at LIMIT 1
)
SELECT due_at, step FROM soon
UNION ALL (
    SELECT s.due_at, s.step FROM enrollment e CROSS JOIN LATERAL (
        SELECT due_at, step FROM enrollment_step
        WHERE enrollment_id = e.id AND state = 'planned' AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
    ) s
    WHERE NOT EXISTS (SELECT FROM soon) AND e.sequence = :sequence AND e.state NOT IN ('stopped', 'finished')
    ORDER BY s.due_at LIMIT 1
);

-- name: console_last_run(sequence)$
-- When somebody entered last.
SELECT max(enrolled_at) FROM enrollment WHERE sequence = :sequence;

-- name: console_hold(sequence)^
-- not null: id
-- not null: scope, reason, since, runs
-- What pauses a sequence, its own pause first, and the runs that were paused by that.
SELECT h.id, h.scope, h.reason, h.since, (SELECT count(*) FROM hold_run r WHERE r.hold_id = h.id) AS runs
FROM holds_over(:sequence, NULL) h ORDER BY h.scope = 'sequence' DESC LIMIT 1;

-- name: console_sequence_names()
-- not null: name
SELECT v.sequence, coalesce(v.definition ->> 'name', v.sequence) AS name FROM sequence_version v
WHERE NOT EXISTS (SELECT FROM sequence_version n WHERE n.sequence = v.sequence AND n.version > v.version)
ORDER BY lower(coalesce(v.definition ->> 'name', v.sequence)), v.sequence;

-- name: console_holds_of_sequence(sequence, limit)
-- row: HoldRow
-- Each pause of the sequence as a whole, the newest first.
SELECT * FROM hold WHERE scope = 'sequence' AND key = :sequence ORDER BY since DESC, id LIMIT :limit;

-- name: console_new_drafts(limit)
-- Drafts of sequences that were never published, the last changed first.
SELECT d.sequence, d.changed_at, coalesce(u.name, substring(d.changed_by FROM '^(token:.+|HTTP)$')) AS changed_by
FROM sequence_draft d LEFT JOIN console_user u ON u.id = d.changed_by
WHERE NOT EXISTS (SELECT FROM sequence_version v WHERE v.sequence = d.sequence) ORDER BY d.changed_at DESC, d.sequence LIMIT :limit;
