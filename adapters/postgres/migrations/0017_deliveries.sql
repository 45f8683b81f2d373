-- Follow-ups that leave the house (another sequence, a webhook) wait in an outbox of their own, with an end.
-- depends: 0015_reviews

-- migrate: apply
ALTER TABLE follow_up DROP CONSTRAINT follow_up_state_check;
ALTER TABLE follow_up
    -- dead: it could not be delivered; its owner was told, and a person may have it tried again
    ADD CONSTRAINT follow_up_state_check CHECK (state IN ('pending', 'done', 'failed', 'dead')) NOT VALID,
    -- what it tells of, such as replied.positive; null: written by 0.1
    ADD COLUMN event text,
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    -- how often it was made to wait anew, by a person or a review
    ADD COLUMN round integer NOT NULL DEFAULT 0,
    -- when it was tried first in this round: its deadline counts from there
    ADD COLUMN tried_since timestamptz,
    ADD COLUMN next_try_at timestamptz,
    -- when the dispatcher hands it to Temporal (again); a workflow that lives puts it off by every try
    ADD COLUMN hand_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN settled_at timestamptz,
    -- it waited already when this table became an outbox: 0.1 never delivered what a step or the end of a run led to
    ADD COLUMN left_behind boolean NOT NULL DEFAULT false;
ALTER TABLE follow_up VALIDATE CONSTRAINT follow_up_state_check;
UPDATE follow_up SET left_behind = true WHERE state = 'pending';
CREATE INDEX follow_up_to_hand ON follow_up (hand_at, at, id) WHERE state = 'pending';
CREATE INDEX follow_up_left_behind ON follow_up (at) WHERE left_behind AND state = 'pending';
CREATE INDEX follow_up_dead ON follow_up (at, id) WHERE state = 'dead';
-- lists of what leaves the house; the first letters of an id, which another collation could not be searched by
CREATE INDEX follow_up_leaves ON follow_up (at, id) WHERE kind IN ('enroll', 'webhook');
CREATE INDEX follow_up_beginning ON follow_up (id COLLATE "C") WHERE kind IN ('enroll', 'webhook');

-- migrate: rollback
DROP INDEX follow_up_beginning, follow_up_leaves, follow_up_dead, follow_up_left_behind, follow_up_to_hand;
UPDATE follow_up SET state = 'failed' WHERE state = 'dead';
ALTER TABLE follow_up DROP CONSTRAINT follow_up_state_check;
ALTER TABLE follow_up
    ADD CONSTRAINT follow_up_state_check CHECK (state IN ('pending', 'done', 'failed')),
    DROP COLUMN left_behind, DROP COLUMN settled_at, DROP COLUMN hand_at, DROP COLUMN next_try_at,
    DROP COLUMN tried_since, DROP COLUMN round, DROP COLUMN tries, DROP COLUMN event;
