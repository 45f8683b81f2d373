-- The event stream: what happened, in the order in which other systems get it.

-- name: place_stream_events(most)$
-- not null: place_stream_events
-- one row
-- Whoever reads gives positions first, so nobody waits for a process that does. The function is in 0335_event_stream.sql.
SELECT place_stream_events(:most) AS place_stream_events;

-- name: stream_events(after, types, limit)
-- row: StreamEventRow
-- not null: position
SELECT position, type, at, nullif(person_id, '') AS person_id, enrollment_id, sequence, version, detail FROM stream_event
WHERE position > :after AND type = ANY(:types::text[]) ORDER BY position LIMIT :limit;

-- name: stream_events_of(person, after, types, limit)
-- row: StreamEventRow
-- not null: position
SELECT position, type, at, nullif(person_id, '') AS person_id, enrollment_id, sequence, version, detail FROM stream_event
WHERE person_id = :person AND position > :after AND type = ANY(:types::text[]) ORDER BY position LIMIT :limit;

-- name: newest_stream_events(after, types, limit)
-- row: StreamEventRow
-- not null: position
SELECT position, type, at, nullif(person_id, '') AS person_id, enrollment_id, sequence, version, detail FROM stream_event
WHERE position > :after AND type = ANY(:types::text[]) ORDER BY position DESC LIMIT :limit;

-- name: newest_stream_events_of(person, after, types, limit)
-- row: StreamEventRow
-- not null: position
SELECT position, type, at, nullif(person_id, '') AS person_id, enrollment_id, sequence, version, detail FROM stream_event
WHERE person_id = :person AND position > :after AND type = ANY(:types::text[]) ORDER BY position DESC LIMIT :limit;

-- name: stream_position_before(at)$
-- not null: position
-- one row
-- The cursor behind which everything from an instant on is. Reads all that is kept: for people who ask once.
SELECT coalesce((SELECT min(e.position) - 1 FROM stream_event e WHERE e.position IS NOT NULL AND e.at >= :at),
                h.position) AS position FROM stream_head h;

-- name: people_of_events(ids)
-- Who they are, as the records say now.
SELECT id, first_name, last_name, email, phone FROM person WHERE id = ANY(:ids::text[]);

-- name: move_stream_head(by)!
-- After a restore: cursors that were handed out since the backup point at nothing.
UPDATE stream_head SET position = position + :by;
