-- Links to the calendar of one owner, for calendar programs.
-- depends: 0137_closed_days

-- migrate: apply
CREATE TABLE calendar_link (
    -- in the signed token: it says nothing of the owner
    id text PRIMARY KEY,
    owner_id text NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX calendar_link_of_owner ON calendar_link (owner_id) WHERE ended_at IS NULL;

-- migrate: rollback
DROP TABLE calendar_link;
