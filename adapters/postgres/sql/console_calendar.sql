-- name: console_planned_numbers(days, starts, stops)
-- not null: day, number
-- How much is planned on each day: by the index of due steps alone, since a run that closes cancels its steps.
SELECT d.day, (
    SELECT count(*) FROM enrollment_step s WHERE s.state = 'planned' AND s.due_at >= d.start AND s.due_at < d.stop
) AS number
FROM unnest(:days::date[], :starts::timestamptz[], :stops::timestamptz[]) AS d (day, start, stop);

-- name: console_planned_by_step(start, stop, sequence, owners, by_runs, zone)
-- null: sequence, owners
-- not null: day, sequence, step, due_at, number, waiting, sequence_name
-- What is planned between two instants as numbers alone, for each step of a day, by the viewer's days.
SELECT g.day, g.sequence, g.step, g.number, g.waiting, g.due_at, coalesce((
    SELECT v.definition ->> 'name' FROM sequence_version v WHERE v.sequence = g.sequence ORDER BY v.version DESC LIMIT 1
), g.sequence) AS sequence_name
FROM (
    SELECT (p.due_at AT TIME ZONE :zone::text)::date AS day, p.sequence, p.step, count(*) AS number, min(p.due_at) AS due_at,
           -- As hold_covers() says, asked of a few holds once and not of each step.
           count(*) FILTER (WHERE p.state = 'paused' OR (SELECT everything_is_on_hold())
               OR p.sequence IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'sequence')
               OR coalesce(p.owner_id IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'owner'), false)) AS waiting
    FROM steps_between(:start, :stop, :sequence::text, :owners::text[], :by_runs) p GROUP BY 1, 2, 3
) g ORDER BY g.day, g.due_at, g.sequence, g.step;

-- name: console_planned(start, stop, sequence, owners, by_runs, zone, named)
-- null: sequence, owners
-- not null: day, due_at, step, enrollment_id, sequence, number, waiting, sequence_name, held
-- What is planned between two instants, by the viewer's days: up to so many recipients of a step on a day each, else the
-- first of them with the number of all.
WITH planned AS (
    SELECT p.*, (p.due_at AT TIME ZONE :zone::text)::date AS day,
           -- As hold_covers() says, asked of a few holds once and not of each step.
           p.state = 'paused' OR (SELECT everything_is_on_hold())
               OR p.sequence IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'sequence')
               OR coalesce(p.owner_id IN (SELECT key FROM hold WHERE ended_at IS NULL AND scope = 'owner'), false) AS held
    FROM steps_between(:start, :stop, :sequence::text, :owners::text[], :by_runs) p
), counted AS (
    SELECT p.*, count(*) OVER step_of_day AS number, count(*) FILTER (WHERE p.held) OVER step_of_day AS waiting,
           row_number() OVER (PARTITION BY p.day, p.sequence, p.step ORDER BY p.due_at, p.enrollment_id) AS place
    FROM planned p WINDOW step_of_day AS (PARTITION BY p.day, p.sequence, p.step)
)
-- The rest is asked for those alone who are shown.
SELECT c.day, c.due_at, t.timezone, c.step, c.enrollment_id, c.sequence,
       coalesce(v.definition ->> 'name', c.sequence) AS sequence_name, e.person_id,
       nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, c.held, c.number, c.waiting
FROM counted c JOIN enrollment e ON e.id = c.enrollment_id
JOIN enrollment_step t ON t.enrollment_id = c.enrollment_id AND t.step = c.step
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
LEFT JOIN person p ON p.id = e.person_id
WHERE c.number <= :named::int OR c.place = 1
ORDER BY c.due_at, c.enrollment_id, c.step;

-- name: console_crowded(since, start, stop, now, of_people, owners, most)
-- null: of_people, owners
-- not null: due_at, step, enrollment_id, sequence, version, person_id, looked_at
-- Of people who have more than one planned step, or a message of late and one planned, everything that is planned between
-- ``since`` and ``stop``: only they can meet the limit of messages to one person. Of these people alone, if some
-- are given; of the people of these owners and of none, in whosever runs. No more than ``most`` steps are looked at.
WITH planned AS MATERIALIZED (
    SELECT x.* FROM (
        SELECT s.due_at, s.timezone, s.step, e.id AS enrollment_id, e.sequence, e.version, e.person_id, e.owner_id
        FROM enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id
        WHERE :owners::text[] IS NULL AND s.state = 'planned' AND s.due_at >= :since AND s.due_at < :stop
          AND e.state IN ('starting', 'active') AND (:of_people::text[] IS NULL OR e.person_id = ANY(:of_people::text[]))
        UNION ALL
        -- OFFSET: asked of each run, or all steps between the two would be read for it.
        SELECT s.due_at, s.timezone, s.step, e.id, e.sequence, e.version, e.person_id, e.owner_id
        FROM (SELECT o.person_id FROM enrollment o WHERE o.owner_id = ANY(:owners::text[]) AND o.state NOT IN ('stopped', 'finished')
              UNION SELECT o.person_id FROM enrollment o WHERE o.owner_id IS NULL AND o.state NOT IN ('stopped', 'finished')) own
        JOIN enrollment e ON e.person_id = own.person_id
        CROSS JOIN LATERAL (
            SELECT each.due_at, each.timezone, each.step FROM enrollment_step each
            WHERE each.enrollment_id = e.id AND each.state = 'planned' AND each.due_at >= :since AND each.due_at < :stop
            OFFSET 0) s
        WHERE :owners::text[] IS NOT NULL AND e.state NOT IN ('stopped', 'finished') AND e.state IN ('starting', 'active')
          AND (:of_people::text[] IS NULL OR e.person_id = ANY(:of_people::text[]))
    ) x LIMIT :most
), crowded AS (
    SELECT p.person_id FROM planned p GROUP BY 1
    HAVING max(p.due_at) >= :start AND (count(*) > 1 OR EXISTS (
        SELECT FROM send d WHERE d.person_id = p.person_id AND d.state IN ('claimed', 'sent', 'unknown')
        AND d.claimed_at >= :since AND d.claimed_at <= :now))
)
SELECT p.*, (SELECT count(*) FROM planned) AS looked_at
FROM planned p JOIN crowded c ON c.person_id = p.person_id ORDER BY p.person_id, p.due_at, p.enrollment_id, p.step;

-- name: console_sent_lately(people, since, now)
-- not null: claimed_at
-- What went to these people, or may have: what the limit of messages to one person counts.
SELECT d.person_id, d.channel, d.claimed_at FROM send d
WHERE d.person_id = ANY(:people::text[]) AND d.state IN ('claimed', 'sent', 'unknown')
  AND d.claimed_at >= :since AND d.claimed_at <= :now;
