-- name: unwatched_changes(limit)
-- Those of no batch. A second watcher passes over the rows of the first one.
SELECT * FROM change WHERE watched_at IS NULL AND batch = '' ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: changes_watched(ids, at)!
UPDATE change SET watched_at = :at WHERE id = ANY(:ids::bigint[]);

-- name: lock_entering(sequence)!
-- hold_above and max_per_day count rows: whoever lets people in by rule does it one after the other, by sequence.
SELECT pg_advisory_xact_lock(hashtextextended('entering:' || :sequence, 0));

-- name: entered_by_rule(sequence, since)$
SELECT count(*) FROM reenrollment_window
WHERE sequence = :sequence AND opened_at >= :since AND via = 'rule' AND state <> 'refused';

-- name: entered_unasked(sequence, since)$
-- Those whom a person approved, or who waited for their day, do not count against the next batch.
SELECT count(*) FROM reenrollment_window
WHERE sequence = :sequence AND opened_at > :since AND via = 'rule' AND state <> 'refused'
  AND reason IS DISTINCT FROM 'released';

-- name: enrollments_among(ids)
SELECT id FROM enrollment WHERE id = ANY(:ids::text[]);

-- name: add_rule_enrollments(sequence, version, record_type, entries, at)
INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage,
                        state, enrolled_at)
SELECT e.id, e.workflow_id, :sequence, :version, :record_type, e.record_id, e.person_id, e.owner_id, 'rule',
       ARRAY(SELECT jsonb_array_elements_text(e.lineage)), 'starting', :at
FROM jsonb_to_recordset(:entries::jsonb)
     AS e(id text, workflow_id text, record_id text, person_id text, owner_id text, lineage jsonb)
ORDER BY e.record_id ON CONFLICT DO NOTHING RETURNING id;

-- name: drop_enrollments(ids)!
-- Only rows that this very transaction added and that lost the ledger's race.
DELETE FROM enrollment WHERE id = ANY(:ids::text[]) AND state = 'starting';

-- name: mark_released(ids)!
UPDATE reenrollment_window SET reason = 'released' WHERE id = ANY(:ids::text[]) AND reason IS NULL;

-- name: queued_among(sequence, records)
SELECT record_id FROM rule_queue WHERE sequence = :sequence AND record_id = ANY(:records::text[]);

-- name: queue_matches(sequence, batch, state, matches, at)$
WITH added AS (
    INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at)
    SELECT :sequence, m.record_id, m.person_id, :batch, :state, :at
    FROM jsonb_to_recordset(:matches::jsonb) AS m(record_id text, person_id text)
    ORDER BY m.record_id ON CONFLICT DO NOTHING RETURNING 1
)
SELECT count(*) FROM added;

-- name: waiting_sequences()
SELECT DISTINCT sequence FROM rule_queue WHERE state = 'waiting' ORDER BY sequence;

-- name: take_waiting(sequence, limit)
SELECT record_id, person_id FROM rule_queue WHERE sequence = :sequence AND state = 'waiting'
ORDER BY at, record_id LIMIT :limit FOR UPDATE;

-- name: drop_from_queue(sequence, records)!
DELETE FROM rule_queue WHERE sequence = :sequence AND record_id = ANY(:records::text[]);

-- name: drop_queue(sequence)!
DELETE FROM rule_queue WHERE sequence = :sequence;

-- name: batch_awaiting_approval(sequence)^
-- Whatever made it: what matches while it waits joins it.
SELECT * FROM rule_batch WHERE sequence = :sequence AND state = 'held' ORDER BY created_at DESC, id LIMIT 1 FOR UPDATE;

-- name: batch_waits(sequence)^
SELECT id FROM rule_batch WHERE sequence = :sequence AND state = 'held' LIMIT 1;

-- name: rule_batch_row(id)^
SELECT * FROM rule_batch WHERE id = :id FOR UPDATE;

-- name: add_rule_batch(id, sequence, version, origin, records, at)$
INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)
VALUES (:id, :sequence, :version, :origin, 'held', :records, :at) ON CONFLICT DO NOTHING RETURNING id;

-- name: keep_changes_for_approval(changes, sequence, batch)!
-- All pages of a batch of changes find the way to it.
INSERT INTO change_batch_hold (change_batch, sequence, rule_batch) VALUES (:changes, :sequence, :batch)
ON CONFLICT DO NOTHING;

-- name: changes_awaiting_approval(changes, sequence)$
SELECT rule_batch FROM change_batch_hold WHERE change_batch = :changes AND sequence = :sequence;

-- name: rule_batch_scanned(id, at)!
UPDATE rule_batch SET scanned_at = greatest(scanned_at, :at::timestamptz) WHERE id = :id;

-- name: count_rule_batch(id)!
UPDATE rule_batch SET records = (SELECT count(*) FROM rule_queue WHERE batch_id = :id) WHERE id = :id AND state = 'held';

-- name: batches_awaiting_approval_of(key)
SELECT * FROM rule_batch WHERE state = 'held' AND (id = :key OR sequence = :key) ORDER BY sequence, id;

-- name: decide_rule_batch(id, state, by, at)$
UPDATE rule_batch SET state = :state, decided_by = :by, decided_at = :at WHERE id = :id AND state = 'held' RETURNING id;

-- name: approve_queue(batch)!
UPDATE rule_queue SET state = 'waiting' WHERE batch_id = :batch AND state = 'held';

-- name: discard_queue(batch)!
DELETE FROM rule_queue WHERE batch_id = :batch AND state = 'held';

-- name: rule_state_row(sequence)^
SELECT * FROM rule_state WHERE sequence = :sequence;

-- name: set_rule_state(sequence, version, since)!
INSERT INTO rule_state (sequence, version, since) VALUES (:sequence, :version, :since)
ON CONFLICT (sequence) DO UPDATE SET version = excluded.version, since = excluded.since, broken = NULL;

-- name: drop_rule_state(sequence)!
DELETE FROM rule_state WHERE sequence = :sequence;

-- name: note_broken(sequence, broken)$
UPDATE rule_state SET broken = :broken::text WHERE sequence = :sequence AND broken IS DISTINCT FROM :broken::text RETURNING sequence;

-- name: rule_scanned(sequence, at)!
UPDATE rule_state SET scanned_at = :at WHERE sequence = :sequence;

-- name: entered_at(sequence, at)
-- Whom a scan let in: all its pages carry one instant.
SELECT owner_id, person_id FROM enrollment
WHERE sequence = :sequence AND via = 'rule' AND enrolled_at = :at ORDER BY owner_id, person_id;

-- name: owners_of_open_runs(sequence)
SELECT DISTINCT owner_id FROM enrollment
WHERE sequence = :sequence AND owner_id IS NOT NULL AND run_is_open(state) ORDER BY owner_id;

-- name: name_of_person(id)^
SELECT first_name, last_name FROM person WHERE id = :id;

-- name: add_rule_notification(id, owner_id, kind, title, enrollment_id, person_id, sequence, records, at)!
INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, sequence, records, created_at)
VALUES (:id, :owner_id, :kind, :title, :enrollment_id, :person_id, :sequence, :records, :at) ON CONFLICT DO NOTHING;

-- name: people_of_batch(batch)
-- A placement's own owner comes first, as everywhere.
SELECT q.person_id, coalesce(nullif(pl.owner_id, ''), p.owner_id) AS owner_id
FROM rule_queue q
JOIN rule_batch b ON b.id = q.batch_id
JOIN sequence_version v ON v.sequence = b.sequence AND v.version = b.version
LEFT JOIN placement pl ON v.definition ->> 'record' = 'placement' AND pl.id = q.record_id
LEFT JOIN person p ON p.id = q.person_id
WHERE q.batch_id = :batch ORDER BY q.record_id;

-- name: close_empty_batch(id, at)!
-- Everybody of it was held or refused before: there is nothing to approve.
UPDATE rule_batch SET state = 'discarded', decided_at = :at, decided_by = 'empty', records = 0
WHERE id = :id AND state = 'held' AND NOT EXISTS (SELECT 1 FROM rule_queue WHERE batch_id = :id);

-- name: rules_are_fine(sequences)!
UPDATE rule_state SET broken = NULL WHERE broken IS NOT NULL AND sequence = ANY(:sequences::text[]);

-- name: forget_scanned(sequence, at)!
-- What a scan found and a person discarded is not found again tomorrow.
UPDATE rule_state SET since = greatest(since, :at::timestamptz) WHERE sequence = :sequence;
