-- The watch over rows whose workflow is not there any more, and over workflows whose row is not.
-- depends: 0015_reviews

-- migrate: apply
CREATE TABLE run_watch (
    -- there is one row
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    -- up to when Temporal was asked which workflows had ended; null: never
    looked_at timestamptz,
    -- where the slow rounds are: the last row of the page before, and Temporal's token of the next page
    run_after text NOT NULL DEFAULT '',
    window_after text NOT NULL DEFAULT '',
    page text NOT NULL DEFAULT '',
    -- why it holds back, as long as it does
    trouble text
);
INSERT INTO run_watch DEFAULT VALUES;
CREATE INDEX enrollment_begun ON enrollment (id) WHERE state NOT IN ('starting', 'stopped', 'finished');
CREATE INDEX reenrollment_window_standing ON reenrollment_window (id) WHERE scope = 'person' AND state = 'open';
CREATE INDEX reenrollment_window_until ON reenrollment_window (until) WHERE scope = 'person' AND state = 'open';
-- replies after the run whose small workflow was lost
CREATE INDEX reaction_late_open ON reaction (delivered_at) WHERE late AND handled_at IS NULL;

-- migrate: rollback
DROP INDEX reaction_late_open, reenrollment_window_until, reenrollment_window_standing, enrollment_begun;
DROP TABLE run_watch;
