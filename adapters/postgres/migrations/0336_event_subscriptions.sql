-- Subscriptions of receivers of webhooks to the event stream, and what is still to be posted to them.
-- depends: 0335_event_stream 0261_webhook_endpoints

-- migrate: apply
CREATE TABLE event_subscription (
    endpoint_id text PRIMARY KEY REFERENCES webhook_endpoint,
    -- names of types, or a group such as message.*; none: all
    types text[] NOT NULL,
    -- also who the person is, as the record says when it is posted
    with_person boolean NOT NULL,
    -- paused: somebody paused it; failed: the receiver is gone, or did not take anything for too long
    state text NOT NULL CHECK (state IN ('active', 'paused', 'failed')),
    reason text,
    -- everything up to here was posted, or is in event_delivery
    position bigint NOT NULL,
    replay_from bigint,
    replay_until bigint,
    -- tries without a success since the last one
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    -- while its receiver takes nothing: when it is tried again
    next_try_at timestamptz,
    changed_at timestamptz NOT NULL
);

CREATE TABLE event_delivery (
    endpoint_id text NOT NULL REFERENCES event_subscription ON DELETE CASCADE,
    position bigint NOT NULL,
    -- empty: it is about nobody
    person_id text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    tried_since timestamptz,
    next_try_at timestamptz NOT NULL,
    -- a dispatcher posts it; until then it is left alone
    claimed_until timestamptz,
    claim text,
    PRIMARY KEY (endpoint_id, position)
);
CREATE INDEX event_delivery_in_order ON event_delivery (endpoint_id, person_id, position);
CREATE INDEX event_delivery_person ON event_delivery (person_id) WHERE person_id <> '';

-- migrate: rollback
DROP TABLE event_delivery;
DROP TABLE event_subscription;
