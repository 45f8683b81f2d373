-- Everything that happens, for other systems: written beside the thing itself, in one order that a poller can trust.
-- depends: 0305_restorations

-- migrate: apply
CREATE TABLE stream_event (
    -- in the order in which they were written: what somebody did after they saw another event has a greater one
    written bigint GENERATED ALWAYS AS IDENTITY,
    -- in the order in which others get them; null: nobody has got it yet, and its transaction may be under way
    position bigint,
    type text NOT NULL,
    at timestamptz NOT NULL,
    person_id text,
    enrollment_id text,
    sequence text,
    version integer,
    detail jsonb NOT NULL
);
-- Not a primary key: each row is written twice, and each index once more each time.
CREATE INDEX stream_event_waiting ON stream_event (written) WHERE position IS NULL;
CREATE UNIQUE INDEX stream_event_place ON stream_event (position) WHERE position IS NOT NULL;
CREATE INDEX stream_event_person ON stream_event (person_id, position) WHERE person_id IS NOT NULL;

-- The position that was given last. Who gives positions locks it, so the next one sees what the one before gave.
CREATE TABLE stream_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
);
INSERT INTO stream_head (position) VALUES (0);

-- Gives positions to events that are committed and have none. Numbers of a sequence, and those of transactions, are not
-- given in the order of commits: a poller that keeps one of them as its cursor misses what commits late. Positions are
-- given after the commit, by one at a time. Returns the last one.
CREATE FUNCTION place_stream_events(most integer) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
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

-- The writers are triggers: whoever enrolls, sends or stores a reply writes the event, by whatever statement, and in no
-- message more to Postgres. Ids, names of steps and labels go in; no address, and no words that a person wrote.
CREATE FUNCTION stream_enrollment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    VALUES ('enrollment.enrolled', NEW.enrolled_at, NEW.person_id, NEW.id, NEW.sequence, NEW.version,
            jsonb_build_object('record', NEW.record_id, 'via', NEW.via));
    RETURN NULL;
END $$;
CREATE TRIGGER enrollment_streams AFTER INSERT ON enrollment FOR EACH ROW EXECUTE FUNCTION stream_enrollment();

CREATE FUNCTION stream_end_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    VALUES ('enrollment.' || NEW.state, coalesce(NEW.ended_at, NEW.enrolled_at), NEW.person_id, NEW.id, NEW.sequence, NEW.version,
            jsonb_build_object('record', NEW.record_id,
                               -- A person who stops a run may write why: only codes leave.
                               'reason', CASE WHEN NEW.reason ~ '^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$' THEN NEW.reason END));
    RETURN NULL;
END $$;
CREATE TRIGGER enrollment_end_streams AFTER UPDATE OF state ON enrollment FOR EACH ROW
    WHEN (NEW.state IN ('stopped', 'finished') AND OLD.state NOT IN ('stopped', 'finished'))
    EXECUTE FUNCTION stream_end_of_run();

CREATE FUNCTION stream_refusal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, sequence, detail)
    VALUES ('enrollment.refused', NEW.at, NEW.person_id, NEW.sequence,
            jsonb_build_object('record', NEW.record_id, 'via', NEW.via, 'reason', NEW.reason));
    RETURN NULL;
END $$;
CREATE TRIGGER refusal_streams AFTER INSERT ON refusal FOR EACH ROW EXECUTE FUNCTION stream_refusal();
-- By rule a record is refused each day for the same reason: that is one refusal until it has passed.
CREATE TRIGGER refusal_again_streams AFTER UPDATE OF since ON refusal FOR EACH ROW
    WHEN (NEW.since IS DISTINCT FROM OLD.since AND NEW.state = 'standing') EXECUTE FUNCTION stream_refusal();

CREATE FUNCTION stream_send() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'message.sent', coalesce(NEW.decided_at, NEW.planned_at), NEW.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('message', NEW.id, 'channel', NEW.channel, 'step', NEW.step, 'variant', NEW.variant)
    FROM enrollment e WHERE e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER send_streams AFTER UPDATE OF state ON send FOR EACH ROW
    WHEN (NEW.state = 'sent' AND OLD.state <> 'sent') EXECUTE FUNCTION stream_send();

CREATE FUNCTION stream_reaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'message.' || NEW.kind, NEW.received_at, NEW.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('reaction', NEW.id, 'channel', NEW.channel, 'message', NEW.send_id, 'step', s.step)
    FROM enrollment e LEFT JOIN send s ON s.id = NEW.send_id WHERE e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reaction_streams AFTER INSERT ON reaction FOR EACH ROW
    WHEN (NEW.kind IN ('opened', 'clicked', 'bounced')) EXECUTE FUNCTION stream_reaction();

-- A reply is told when it is known what it means, or when it is handled although no model could say: once.
CREATE FUNCTION stream_reply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'reply.received', NEW.received_at, NEW.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('reply', NEW.id, 'channel', NEW.channel, 'message', NEW.send_id, 'step', s.step,
                              'label', NEW.label, 'intent', NEW.intent, 'confidence', NEW.confidence,
                              'needs_review', coalesce(NEW.held_for_review, true), 'opt_out', coalesce(NEW.opt_out, false))
    FROM enrollment e LEFT JOIN send s ON s.id = NEW.send_id WHERE e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reply_streams AFTER UPDATE OF label, handled_at ON reaction FOR EACH ROW
    WHEN (NEW.kind = 'replied' AND OLD.label IS NULL AND OLD.handled_at IS NULL
          AND (NEW.label IS NOT NULL OR NEW.handled_at IS NOT NULL))
    EXECUTE FUNCTION stream_reply();

CREATE FUNCTION stream_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'reply.reviewed', NEW.reviewed_at, r.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('reply', r.id, 'label', NEW.label, 'intent', NEW.intent, 'opt_out', NEW.opt_out,
                              'not_theirs', NEW.not_theirs)
    FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id WHERE r.id = NEW.reaction_id;
    RETURN NULL;
END $$;
CREATE TRIGGER review_streams AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION stream_review();

CREATE FUNCTION stream_opt_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, detail)
    VALUES ('person.opted_out', NEW.since, NEW.person_id,
            jsonb_build_object('channel', NEW.channel, 'reason', NEW.reason, 'topic', NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER suppression_streams AFTER INSERT ON suppression FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND NEW.lifted_at IS NULL
          AND NEW.reason IN ('opt_out', 'stop_word', 'unsubscribed', 'complained', 'preferences', 'by_hand', 'crm', 'company'))
    EXECUTE FUNCTION stream_opt_out();

CREATE FUNCTION stream_topic_opt_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, detail)
    VALUES ('person.opted_out', NEW.since, NEW.person_id,
            jsonb_build_object('channel', NULL, 'reason', 'topic', 'topic', NEW.topic));
    RETURN NULL;
END $$;
CREATE TRIGGER topic_opt_out_streams AFTER INSERT ON topic_opt_out FOR EACH ROW
    WHEN (NEW.lifted_at IS NULL) EXECUTE FUNCTION stream_topic_opt_out();

CREATE FUNCTION stream_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT CASE TG_OP WHEN 'INSERT' THEN 'task.created' ELSE 'task.' || NEW.state END,
           CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE coalesce(NEW.decided_at, NEW.created_at) END,
           NEW.person_id, NEW.enrollment_id, e.sequence, e.version,
           jsonb_build_object('task', NEW.id, 'kind', NEW.kind, 'step', NEW.step, 'owner', NEW.owner_id,
                              'due_at', NEW.due_at)
    FROM (SELECT 1) one LEFT JOIN enrollment e ON e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER task_streams AFTER INSERT ON task FOR EACH ROW EXECUTE FUNCTION stream_task();
CREATE TRIGGER task_end_streams AFTER UPDATE OF state ON task FOR EACH ROW
    WHEN (OLD.state = 'open' AND NEW.state <> 'open') EXECUTE FUNCTION stream_task();

CREATE FUNCTION stream_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'lead.created', NEW.created_at, NEW.person_id, NEW.enrollment_id, e.sequence, e.version,
           jsonb_build_object('lead', NEW.id, 'source', NEW.source, 'owner', NEW.owner_id)
    FROM (SELECT 1) one LEFT JOIN enrollment e ON e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_streams AFTER INSERT ON lead FOR EACH ROW EXECUTE FUNCTION stream_lead();

-- What a sequence sets is in its file: the same for everybody.
CREATE FUNCTION stream_fields() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail)
    SELECT 'field.set', NEW.at, e.person_id, e.id, e.sequence, e.version,
           jsonb_build_object('record', e.record_id, 'fields', coalesce(NEW.arguments -> 'set_field', '{}'))
    FROM enrollment e WHERE e.id = NEW.enrollment_id;
    RETURN NULL;
END $$;
CREATE TRIGGER fields_set_streams AFTER INSERT ON follow_up FOR EACH ROW
    WHEN (NEW.kind = 'set_field' AND NEW.state = 'done') EXECUTE FUNCTION stream_fields();
CREATE TRIGGER fields_set_later_streams AFTER UPDATE OF state ON follow_up FOR EACH ROW
    WHEN (NEW.kind = 'set_field' AND NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION stream_fields();

CREATE FUNCTION stream_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stream_event (type, at, sequence, version, detail)
    VALUES ('sequence.published', NEW.published_at, NEW.sequence, NEW.version, '{}');
    RETURN NULL;
END $$;
CREATE TRIGGER version_streams AFTER INSERT ON sequence_version FOR EACH ROW EXECUTE FUNCTION stream_version();

-- migrate: rollback
DROP TRIGGER version_streams ON sequence_version;
DROP TRIGGER fields_set_later_streams ON follow_up;
DROP TRIGGER fields_set_streams ON follow_up;
DROP TRIGGER lead_streams ON lead;
DROP TRIGGER task_end_streams ON task;
DROP TRIGGER task_streams ON task;
DROP TRIGGER topic_opt_out_streams ON topic_opt_out;
DROP TRIGGER suppression_streams ON suppression;
DROP TRIGGER review_streams ON review;
DROP TRIGGER reply_streams ON reaction;
DROP TRIGGER reaction_streams ON reaction;
DROP TRIGGER send_streams ON send;
DROP TRIGGER refusal_again_streams ON refusal;
DROP TRIGGER refusal_streams ON refusal;
DROP TRIGGER enrollment_end_streams ON enrollment;
DROP TRIGGER enrollment_streams ON enrollment;
DROP FUNCTION stream_version, stream_fields, stream_lead, stream_task, stream_topic_opt_out, stream_opt_out, stream_review,
    stream_reply, stream_reaction, stream_send, stream_refusal, stream_end_of_run, stream_enrollment, place_stream_events;
DROP TABLE stream_head;
DROP TABLE stream_event;
