-- Dispatchers sleep until the next row is due: what becomes due by time alone rings too, and so do jobs.
-- depends: 0195_console 0220_jobs

-- migrate: apply
-- No desk has this ring: it says that the time of the next look must be found out again. Only what is due sooner than a
-- dispatcher sleeps at the longest needs it. Hits are judged after 30 seconds, and the rest comes with a row that rings.
CREATE CONSTRAINT TRIGGER waiting_review_rings AFTER INSERT ON waiting_review DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ring_for_dispatchers('clock');

-- Jobs are few: each rings, so that no look is needed for those that were passed over.
CREATE FUNCTION ring_for_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('relance_jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER job_rings AFTER INSERT ON job FOR EACH STATEMENT EXECUTE FUNCTION ring_for_jobs();

-- migrate: rollback
DROP TRIGGER job_rings ON job;
DROP FUNCTION ring_for_jobs;
DROP TRIGGER waiting_review_rings ON waiting_review;
