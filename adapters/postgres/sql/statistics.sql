-- name: lock_run_outcomes()!
-- The rows of run_outcome are written by one at a time; a second one finds nothing left to write.
SELECT pg_advisory_xact_lock(hashtextextended('run_outcome', 0));

-- name: take_marked_runs(limit)
-- not null: enrollment_id
-- Of a change that commits after this statement the mark stays, so its run is written again.
WITH taken AS (
    DELETE FROM run_outcome_mark WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_outcome_mark LIMIT :limit))
    RETURNING enrollment_id
)
SELECT DISTINCT enrollment_id FROM taken;

-- name: mark_all_runs()!
INSERT INTO run_outcome_mark SELECT id FROM enrollment;

-- name: forget_run_outcomes()!
DELETE FROM run_outcome;

-- name: write_run_outcomes(runs)!
-- The one text of what happened in a run, for statistics. In order: first what the steps did, then what came back. What
-- came back belongs to the message that it answers, whenever it came; it counts for a message that went out only.
INSERT INTO run_outcome (enrollment_id, sequence, version, earlier_versions, person_id, owner_id, entered_at, state, facts,
                         last_sent_at)
SELECT e.id, e.sequence, e.version, e.earlier_versions, e.person_id, e.owner_id, e.enrolled_at,
       CASE WHEN run_is_open(e.state) THEN 'open' ELSE e.state END, coalesce(f.facts, ''),
       (SELECT max(coalesce(s.claimed_at, s.decided_at)) FROM send s WHERE s.enrollment_id = e.id AND s.state = 'sent')
FROM enrollment e CROSS JOIN LATERAL (
    SELECT string_agg(x.what || x.place, ' ' ORDER BY x.part, x.at, x.key, x.what) AS facts FROM (
        SELECT 1 AS part, coalesce(s.claimed_at, s.planned_at) AS at, s.id AS key, w.what,
               '|' || s.step || '|' || coalesce(s.of_version, e.version) || '|' || coalesce(s.variant, '') AS place
        FROM send s CROSS JOIN LATERAL unnest(ARRAY[
            CASE s.state WHEN 'sent' THEN 'sent' WHEN 'unknown' THEN 'unknown' ELSE 'not_sent' END,
            CASE WHEN s.state = 'sent' AND EXISTS (
                     SELECT 1 FROM send_link l WHERE l.send_id = s.id AND l.target <> 'open:') THEN 'sent_with_link' END,
            CASE WHEN s.state = 'sent' AND EXISTS (
                     SELECT 1 FROM send_link l WHERE l.send_id = s.id AND l.target = 'open:') THEN 'sent_with_pixel' END,
            CASE WHEN s.state = 'sent' AND s.provider_status IN ('delivered', 'read') THEN 'delivered' END,
            CASE WHEN s.state = 'sent' AND (s.undelivered_at IS NOT NULL
                                            OR s.provider_status IN ('undelivered', 'failed', 'canceled'))
                 THEN 'bounced' END]) AS w(what)
        WHERE s.enrollment_id = e.id AND s.state NOT IN ('planned', 'claimed') AND w.what IS NOT NULL
        UNION ALL
        SELECT 1, t.decided_at, t.step, 'skipped', '|' || t.step || '|' || e.version || '|'
        FROM enrollment_step t WHERE t.enrollment_id = e.id AND t.state = 'skipped'
        UNION ALL
        SELECT 2, r.received_at, r.id, w.what,
               '|' || coalesce(s.step, '') || '|' || CASE WHEN s.id IS NULL THEN '' ELSE coalesce(s.of_version, e.version)::text END || '|' || coalesce(s.variant, '')
        FROM reaction r LEFT JOIN send s ON s.id = r.send_id
        LEFT JOIN LATERAL (SELECT v.label, v.intent, v.not_theirs FROM review v WHERE v.reaction_id = r.id
                           ORDER BY v.number DESC LIMIT 1) said ON true
        LEFT JOIN LATERAL (SELECT v.opt_out FROM review v WHERE v.reaction_id = r.id AND v.opt_out IS NOT NULL
                           ORDER BY v.number DESC LIMIT 1) wish ON true
        CROSS JOIN LATERAL unnest(ARRAY[
            CASE r.kind
                WHEN 'replied' THEN CASE
                    WHEN coalesce(said.intent, r.intent) = 'auto_reply' THEN 'out_of_office'
                    WHEN said.label IS NULL AND (r.label IS NULL OR coalesce(r.held_for_review, true)) THEN 'replied_unread'
                    ELSE 'replied_' || coalesce(said.label, r.label) END
                WHEN 'unsubscribed' THEN 'opted_out'
                ELSE r.kind END,
            CASE WHEN r.kind = 'replied' AND coalesce(wish.opt_out, r.opt_out, false) THEN 'opted_out' END]) AS w(what)
        WHERE r.enrollment_id = e.id AND w.what IS NOT NULL AND (r.send_id IS NULL OR s.state = 'sent')
          AND NOT coalesce((r.detail ->> 'taken_back')::boolean, false)
          -- What somebody else wrote says nothing about the person.
          AND NOT coalesce(said.not_theirs, false)
          AND r.kind IN ('opened', 'clicked', 'replied', 'liked', 'disliked', 'out_of_office', 'bounced', 'unsubscribed',
                         'complained', 'form_submitted', 'meeting_booked', 'meeting_cancelled')
    ) x
) f
WHERE e.id = ANY(:runs::text[])
ON CONFLICT (enrollment_id) DO UPDATE
SET sequence = excluded.sequence, version = excluded.version, earlier_versions = excluded.earlier_versions,
    person_id = excluded.person_id, owner_id = excluded.owner_id, entered_at = excluded.entered_at, state = excluded.state,
    facts = excluded.facts, last_sent_at = excluded.last_sent_at;

-- name: mark_often(runs)!
-- Runs of people who have others in the same sequence, and those others.
UPDATE run_outcome o SET often = true
FROM (SELECT DISTINCT w.sequence, w.person_id FROM run_outcome w WHERE w.enrollment_id = ANY(:runs::text[])) p
WHERE o.sequence = p.sequence AND o.person_id = p.person_id AND NOT o.often
  AND EXISTS (SELECT 1 FROM run_outcome x WHERE x.sequence = p.sequence AND x.person_id = p.person_id
              AND x.enrollment_id <> o.enrollment_id);

-- name: names_of_outcomes(runs, people, owners)
-- null: owners[]
-- Who is meant by these runs, each with its person and its owner at entry, in their order; and what became of it by now.
SELECT e.state AS run_state, e.reason AS run_reason,
       nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
       nullif(concat_ws(' ', w.first_name, w.last_name), '') AS owner_name
FROM unnest(:runs::text[], :people::text[], :owners::text[]) WITH ORDINALITY AS o (run, person, owner, place)
LEFT JOIN enrollment e ON e.id = o.run LEFT JOIN person p ON p.id = o.person LEFT JOIN owner w ON w.id = o.owner
ORDER BY o.place;

-- name: has_moved_runs(sequence)$
-- not null: has_moved_runs
-- Whether runs of it have changed their version.
SELECT EXISTS (
    SELECT FROM run_outcome o WHERE o.sequence = :sequence AND o.earlier_versions <> '{}') AS has_moved_runs;

-- name: plan_for_many_rows()!
-- For this transaction: room for grouping in memory, and no time for compiling what is over before it pays.
SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true);

-- name: outcome_owners()
-- not null: name
-- The owners at entry of all runs, with None for runs without one. Recursive: from one to the next by the index.
WITH RECURSIVE named AS (
    (SELECT o.owner_id FROM run_outcome o WHERE o.owner_id IS NOT NULL ORDER BY o.owner_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.owner_id FROM run_outcome o WHERE o.owner_id > n.owner_id ORDER BY o.owner_id LIMIT 1)
    FROM named n WHERE n.owner_id IS NOT NULL
)
SELECT n.owner_id, coalesce(nullif(concat_ws(' ', w.first_name, w.last_name), ''), n.owner_id) AS name
FROM named n LEFT JOIN owner w ON w.id = n.owner_id WHERE n.owner_id IS NOT NULL
UNION ALL
SELECT NULL, '' WHERE EXISTS (SELECT FROM run_outcome o WHERE o.owner_id IS NULL);

-- name: run_outcomes(sequence, version, owners, unowned, since, by_owner, by_week)
-- null: owners
-- not null: sequence, version, earlier_versions, state, facts, number
-- Equal runs with their number. Of people who were in a sequence more than once each run is a row of its own, with the
-- person, so that who counts can count the person once.
-- Apart, since Postgres expects as many groups as runs where a person may be in each, and would sort them all.
SELECT c.sequence, c.version, c.earlier_versions, c.state, c.facts, NULL::text AS owner_id, NULL::date AS week,
       NULL::text AS person_id, NULL::timestamptz AS entered_at, NULL::text AS enrollment_id, c.number::bigint AS number
FROM run_outcome_count c
-- All that is asked for is counted already.
WHERE NOT :by_owner::boolean AND NOT :by_week::boolean AND :owners::text[] IS NULL AND :since::timestamptz IS NULL
  AND (:sequence::text IS NULL OR c.sequence = :sequence)
  AND (:version::integer IS NULL OR c.version = :version OR :version = ANY(c.earlier_versions))
UNION ALL
SELECT o.sequence, o.version, o.earlier_versions, o.state, o.facts, CASE WHEN :by_owner::boolean THEN o.owner_id END,
       CASE WHEN :by_week::boolean THEN date_trunc('week', o.entered_at AT TIME ZONE 'UTC')::date END,
       NULL, NULL, NULL, count(*)
FROM run_outcome o
WHERE (:by_owner::boolean OR :by_week::boolean OR :owners::text[] IS NOT NULL OR :since::timestamptz IS NOT NULL)
  AND NOT o.often AND (:sequence::text IS NULL OR o.sequence = :sequence)
  AND (:version::integer IS NULL OR o.version = :version OR :version = ANY(o.earlier_versions))
  AND (:owners::text[] IS NULL OR o.owner_id = ANY(:owners::text[]) OR (:unowned::boolean AND o.owner_id IS NULL))
  AND (:since::timestamptz IS NULL OR o.entered_at >= :since)
GROUP BY 1, 2, 3, 4, 5, 6, 7
UNION ALL
SELECT o.sequence, o.version, o.earlier_versions, o.state, o.facts, CASE WHEN :by_owner::boolean THEN o.owner_id END,
       CASE WHEN :by_week::boolean THEN date_trunc('week', o.entered_at AT TIME ZONE 'UTC')::date END,
       o.person_id, o.entered_at, o.enrollment_id, 1
FROM run_outcome o
WHERE o.often AND (:sequence::text IS NULL OR o.sequence = :sequence)
  AND (:version::integer IS NULL OR o.version = :version OR :version = ANY(o.earlier_versions))
  AND (:owners::text[] IS NULL OR o.owner_id = ANY(:owners::text[]) OR (:unowned::boolean AND o.owner_id IS NULL))
  AND (:since::timestamptz IS NULL OR o.entered_at >= :since);

-- name: sequence_outcomes(sequence)
-- null: sequence
-- not null: sequence, version, earlier_versions, state, facts, number
-- The same of whole sequences, for all time: without steps and versions few runs differ. Of people who were in a sequence
-- more than once all runs together are one, in order; they too are told apart by what happened only.
SELECT c.sequence, 0 AS version, '{}'::integer[] AS earlier_versions, c.state, c.sequence_facts AS facts,
       NULL::text AS owner_id, NULL::date AS week, NULL::text AS person_id, NULL::timestamptz AS entered_at,
       sum(c.number)::bigint AS number
FROM run_outcome_count c WHERE :sequence::text IS NULL OR c.sequence = :sequence
GROUP BY c.sequence, c.state, c.sequence_facts
UNION ALL
SELECT p.sequence, 0, '{}'::integer[], p.state, p.facts, NULL, NULL, NULL, NULL, count(*)
FROM (SELECT o.sequence, (array_agg(o.state ORDER BY o.entered_at, o.version))[count(*)] AS state,
             string_agg(o.sequence_facts, ' ' ORDER BY o.entered_at, o.version) AS facts
      FROM run_outcome o WHERE o.often AND (:sequence::text IS NULL OR o.sequence = :sequence)
      GROUP BY o.sequence, o.person_id) p
GROUP BY p.sequence, p.state, p.facts;
