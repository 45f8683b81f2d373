-- Jobs by the first characters of their ids.
-- depends: 0220_jobs

-- migrate: apply
CREATE INDEX job_beginning ON job (id COLLATE "C");

-- migrate: rollback
DROP INDEX job_beginning;
