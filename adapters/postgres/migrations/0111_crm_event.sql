-- An event of the CRM begins with one message: its lock, the answer that it has already, or the locks of its records.
-- depends: 0032_change_batches

-- migrate: apply
-- Each statement of the function sees what was committed before it began: a delivery that waited finds the answer.
CREATE FUNCTION begin_crm_event(event text, records text[]) RETURNS TABLE (digest text, answer jsonb)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crm_event:' || event, 0)),
            -- Every change of this transaction belongs to the event's batch (0032).
            set_config('relance.batch', 'event:' || event, true);
    RETURN QUERY SELECT e.digest, e.answer FROM crm_event e WHERE e.id = event;
    IF NOT FOUND THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('record:' || r.key, 0)) FROM unnest(records) AS r(key);
    END IF;
END $$;

-- migrate: rollback
DROP FUNCTION begin_crm_event;
