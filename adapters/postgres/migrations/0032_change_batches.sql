-- A batch is what one import or one event brings, however it is cut: its changes are matched as one.
-- depends: 0020_standing_refusals

-- migrate: apply

-- Which batch a change belongs to; '' is none. The transaction says so (relance.batch), whichever statement writes.
ALTER TABLE change ADD COLUMN batch text NOT NULL DEFAULT coalesce(current_setting('relance.batch', true), '');
CREATE TABLE change_batch (
    id text PRIMARY KEY,
    origin text NOT NULL CHECK (origin IN ('event', 'import')),
    -- counted with the changes: what came first is matched first
    number bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('change', 'id')),
    -- of changes; known when it is closed
    rows integer NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL,
    -- null: more may come. Whoever writes it holds the advisory lock 'batch:' || id all the while
    closed_at timestamptz,
    -- when its matches were counted; all its pages carry this instant
    weighed_at timestamptz,
    watched_at timestamptz
);
CREATE INDEX change_batch_unwatched ON change_batch (number) WHERE watched_at IS NULL;
CREATE INDEX change_batch_open ON change_batch (id) WHERE closed_at IS NULL;
-- One index for both questions: what belongs to no batch, and what is left of one.
DROP INDEX change_unwatched;
CREATE INDEX change_unwatched ON change (batch, id) WHERE watched_at IS NULL;

-- Where the pages of a large batch of changes go, when it was too much for a sequence.
CREATE TABLE change_batch_hold (
    change_batch text NOT NULL REFERENCES change_batch,
    sequence text NOT NULL,
    rule_batch text NOT NULL REFERENCES rule_batch,
    PRIMARY KEY (change_batch, sequence)
);
-- The last scan whose finds are in a held batch: who discards it discards them.
ALTER TABLE rule_batch ADD COLUMN scanned_at timestamptz;
UPDATE rule_batch SET scanned_at = created_at WHERE origin = 'scan' AND state = 'held';

-- migrate: rollback

ALTER TABLE rule_batch DROP COLUMN scanned_at;
DROP TABLE change_batch_hold;
DROP INDEX change_unwatched;
CREATE INDEX change_unwatched ON change (id) WHERE watched_at IS NULL;
DROP TABLE change_batch;
ALTER TABLE change DROP COLUMN batch;
