-- Other systems are told who was erased, and nothing more of them; and of opt-outs by a sequence's own rules.
-- depends: 0285_erasing 0335_event_stream

-- migrate: apply
DROP TRIGGER suppression_streams ON suppression;
CREATE TRIGGER suppression_streams AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.lifted_at IS NULL
          AND NEW.reason IN ('opt_out', 'stop_word', 'unsubscribed', 'complained', 'preferences', 'by_hand', 'by_sequence',
                             'crm', 'company'))
    EXECUTE FUNCTION stream_opt_out();

-- As before; but what was written about somebody who is erased by now gets no position: it goes. Here, and not where it
-- is written: whoever sends or stores a reply does not look for erasures.
CREATE OR REPLACE FUNCTION place_stream_events(most integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last bigint;
    next bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM stream_event WHERE position IS NULL) THEN
        RETURN (SELECT h.position FROM stream_head h);
    END IF;
    SELECT h.position INTO last FROM stream_head h FOR UPDATE;
    WITH waiting AS (
        SELECT w.written, w.type, w.person_id FROM stream_event w WHERE w.position IS NULL ORDER BY w.written LIMIT most
    ), erased AS (
        SELECT e.person_id FROM erasure e WHERE e.state = 'done'
        UNION SELECT unnest(e.merged) FROM erasure e WHERE e.state = 'done'
    ), found AS (
        SELECT w.written, last + row_number() OVER (ORDER BY w.written) AS place,
               w.type <> 'person.erased' AND x.person_id IS NOT NULL AS gone
        FROM waiting w LEFT JOIN erased x ON x.person_id = w.person_id
    ), dropped AS (
        DELETE FROM stream_event e USING found f WHERE e.written = f.written AND e.position IS NULL AND f.gone
    ), placed AS (
        UPDATE stream_event e SET position = f.place FROM found f
        WHERE e.written = f.written AND e.position IS NULL AND NOT f.gone
    )
    SELECT max(f.place) INTO next FROM found f;
    IF next IS NOT NULL THEN
        UPDATE stream_head h SET position = next;
    END IF;
    RETURN coalesce(next, last);
END $$;

-- migrate: rollback
CREATE OR REPLACE FUNCTION place_stream_events(most integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last bigint;
    next bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM stream_event WHERE position IS NULL) THEN
        RETURN (SELECT h.position FROM stream_head h);
    END IF;
    SELECT h.position INTO last FROM stream_head h FOR UPDATE;
    WITH found AS (
        SELECT e.written, last + row_number() OVER (ORDER BY e.written) AS place
        FROM (SELECT w.written FROM stream_event w WHERE w.position IS NULL ORDER BY w.written LIMIT most) e
    ), placed AS (
        UPDATE stream_event e SET position = f.place FROM found f
        WHERE e.written = f.written AND e.position IS NULL RETURNING e.position
    )
    SELECT max(p.position) INTO next FROM placed p;
    IF next IS NOT NULL THEN
        UPDATE stream_head h SET position = next;
    END IF;
    RETURN coalesce(next, last);
END $$;
DROP TRIGGER suppression_streams ON suppression;
CREATE TRIGGER suppression_streams AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.lifted_at IS NULL
          AND NEW.reason IN ('opt_out', 'stop_word', 'unsubscribed', 'complained', 'preferences', 'by_hand', 'crm', 'company'))
    EXECUTE FUNCTION stream_opt_out();
