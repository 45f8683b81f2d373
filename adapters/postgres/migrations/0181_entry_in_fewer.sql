-- An entry in fewer messages, each planned once for each connection: what stands against people, and a run with its plan.
-- depends: 0106_whole_run 0112_one_plan 0142_topics 0180_entries_ring

-- migrate: apply
-- Of each of many people, by their places from 1; e-mail addresses and numbers as they are compared.
CREATE FUNCTION entry_obstacles(people text[], emails text[], phones text[], of_topic text)
RETURNS TABLE (place bigint, kind text, channel text, reason text, since timestamptz)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY SELECT p.place, k.kind, k.channel, k.reason, k.since
    FROM unnest(people, emails, phones) WITH ORDINALITY AS p(person_id, email, phone, place), LATERAL (
        SELECT 'suppressed' AS kind, s.channel, s.reason, s.since, s.id AS number
        FROM suppressions_on(p.person_id, ARRAY[p.email, p.phone]) s
        UNION ALL
        -- The oldest answer that nobody has handled, to this person or from another record with the address; or one that
        -- may be to any of several runs.
        (SELECT a.kind, NULL, NULL, a.received_at, 0 FROM (
             SELECT 'answer' AS kind, r.received_at FROM reaction r
             WHERE r.kind = 'replied' AND r.handled_at IS NULL
               AND (r.person_id = p.person_id OR r.address IN (p.email, p.phone))
             UNION ALL
             SELECT 'unmatched', i.received_at FROM inbound i
             WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email) a
         ORDER BY a.received_at LIMIT 1)
        UNION ALL
        SELECT 'topic', NULL, NULL, min(t.since), 0 FROM topic_opt_out t
        WHERE t.lifted_at IS NULL AND t.topic = of_topic AND (t.person_id = p.person_id OR t.address = p.email)
        HAVING count(*) > 0) k
    ORDER BY k.number;
END $$;

-- False: the record has an open run of the sequence, or this very run is there. "settles": nothing is written after it, so
-- refusals of the record are settled too; they come last of all rows, for others may wait for one.
CREATE FUNCTION enter_with_plan(
    of_run text, of_workflow text, of_sequence text, of_version integer, of_type text, of_record text, of_person text,
    of_owner text, by_way text, of_lineage text[], at timestamptz, steps jsonb, events jsonb, settles boolean)
RETURNS boolean LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via, lineage,
                            state, enrolled_at)
    VALUES (of_run, of_workflow, of_sequence, of_version, of_type, of_record, of_person, of_owner, by_way, of_lineage,
            'starting', at)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF steps <> '[]' THEN
        PERFORM write_steps(steps);
    END IF;
    IF events <> '[]' THEN
        INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)
        SELECT of_run, enter_with_plan.at, e.kind, e.detail, e.key
        FROM jsonb_to_recordset(events) AS e(kind text, detail jsonb, key text)
        ON CONFLICT (enrollment_id, key) DO NOTHING;
    END IF;
    IF settles THEN
        UPDATE refusal r SET state = 'entered'
        WHERE r.sequence = of_sequence AND r.record_id = of_record AND r.state = 'standing';
    END IF;
    RETURN true;
END $$;

-- migrate: rollback
DROP FUNCTION enter_with_plan, entry_obstacles;
