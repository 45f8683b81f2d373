-- Subscriptions of receivers to the event stream, and what is still to be posted to them.

-- name: put_subscription(endpoint_id, types, with_person, position, at)!
-- null: position
-- Another choice of types goes on where the subscription is.
INSERT INTO event_subscription AS known (endpoint_id, types, with_person, state, position, changed_at)
VALUES (:endpoint_id, :types, :with_person, 'active',
        coalesce(:position::bigint, (SELECT h.position FROM stream_head h)), :at)
ON CONFLICT (endpoint_id) DO UPDATE
SET types = excluded.types, with_person = excluded.with_person, position = coalesce(:position::bigint, known.position),
    changed_at = excluded.changed_at;

-- name: subscription_of(endpoint_id)^
-- not null: waiting, head
-- How far it is. "waiting" is what was read from the stream and is still to be posted.
SELECT s.endpoint_id, w.name, w.url, s.types, s.with_person, s.state, s.reason, s.position, s.replay_from, s.replay_until,
       s.failures, s.failing_since, s.next_try_at, s.changed_at,
       (SELECT count(*) FROM event_delivery d WHERE d.endpoint_id = s.endpoint_id) AS waiting,
       (SELECT min(d.position) FROM event_delivery d WHERE d.endpoint_id = s.endpoint_id) AS oldest_waiting,
       (SELECT h.position FROM stream_head h) AS head
FROM event_subscription s JOIN webhook_endpoint w ON w.id = s.endpoint_id
WHERE s.endpoint_id = :endpoint_id AND w.removed_at IS NULL;

-- name: subscribed_endpoints()
-- In the order of their names.
SELECT s.endpoint_id FROM event_subscription s JOIN webhook_endpoint w ON w.id = s.endpoint_id
WHERE w.removed_at IS NULL ORDER BY w.name;

-- name: remove_subscription(endpoint_id)$
DELETE FROM event_subscription WHERE endpoint_id = :endpoint_id RETURNING endpoint_id;

-- name: set_subscription_state(endpoint_id, state, reason, at)$
-- null: reason
-- Who resumes begins with no failures behind them, and what waits is tried at once.
WITH changed AS (
    UPDATE event_subscription
    SET state = :state, reason = :reason, changed_at = :at, failures = 0, failing_since = NULL, next_try_at = NULL
    WHERE endpoint_id = :endpoint_id AND state <> :state RETURNING endpoint_id
), again AS (
    UPDATE event_delivery d SET next_try_at = :at, tries = 0, tried_since = NULL
    FROM changed c WHERE d.endpoint_id = c.endpoint_id AND :state::text = 'active'
)
SELECT endpoint_id FROM changed;

-- name: lock_subscription(endpoint_id)^
SELECT * FROM event_subscription WHERE endpoint_id = :endpoint_id FOR UPDATE;

-- name: replay_subscription(endpoint_id, after, until, at)!
-- What waits behind the cursor is read from the stream once more; what is being posted at this moment as well.
WITH waiting AS (DELETE FROM event_delivery WHERE endpoint_id = :endpoint_id AND position > :after)
UPDATE event_subscription SET position = least(position, :after), replay_from = :after, replay_until = :until, changed_at = :at
WHERE endpoint_id = :endpoint_id;

-- name: subscriptions_to_read(most)
-- Those that are behind and have room; who reads for one keeps it locked.
SELECT s.endpoint_id, s.types, s.position FROM event_subscription s
WHERE s.state = 'active' AND s.position < (SELECT h.position FROM stream_head h)
  AND (SELECT count(*) FROM event_delivery d WHERE d.endpoint_id = s.endpoint_id) < :most
ORDER BY s.endpoint_id FOR UPDATE OF s SKIP LOCKED;

-- name: read_for_subscription(endpoint_id, types, after, limit, now, erased_at)^
-- null: last
-- not null: found
-- The next events, as rows to post. "last": of a page that is full. That somebody was erased is the last that is posted
-- of them: it waits until what may be under way is over, since its row is gone.
WITH page AS (
    SELECT position, person_id, type FROM stream_event WHERE position > :after AND type = ANY(:types::text[])
    ORDER BY position LIMIT :limit
), added AS (
    INSERT INTO event_delivery (endpoint_id, position, person_id, next_try_at)
    SELECT :endpoint_id, p.position, coalesce(p.person_id, ''),
           CASE WHEN p.type = 'person.erased' THEN :erased_at::timestamptz ELSE :now::timestamptz END
    FROM page p ON CONFLICT DO NOTHING
)
SELECT count(*) AS found, max(position) AS last FROM page;

-- name: move_subscription(endpoint_id, position)!
UPDATE event_subscription SET position = :position WHERE endpoint_id = :endpoint_id AND position < :position;

-- name: claim_event_deliveries(now, claim, until, limit, each, failed)
-- The oldest of each person; none of a person while one of theirs waits or is being posted. "each": so many are posted to
-- one receiver at the same time, and only one to one that failed as often as "failed" says; what was tried least comes first.
WITH heads AS (
    SELECT DISTINCT ON (d.endpoint_id, d.person_id) d.endpoint_id, d.position, d.next_try_at, d.claimed_until, d.tries,
           CASE WHEN s.failures >= :failed THEN 1 ELSE :each END AS places
    FROM event_delivery d JOIN event_subscription s ON s.endpoint_id = d.endpoint_id
    WHERE s.state = 'active' AND (s.next_try_at IS NULL OR s.next_try_at <= :now)
    ORDER BY d.endpoint_id, d.person_id, d.position
), under_way AS (
    SELECT d.endpoint_id, count(*) AS number FROM event_delivery d WHERE d.claimed_until > :now GROUP BY d.endpoint_id
), ready AS (
    SELECT h.endpoint_id, h.position, row_number() OVER (PARTITION BY h.endpoint_id ORDER BY h.tries, h.position) AS place,
           h.places - coalesce(u.number, 0) AS places
    FROM heads h LEFT JOIN under_way u ON u.endpoint_id = h.endpoint_id
    WHERE h.next_try_at <= :now AND (h.claimed_until IS NULL OR h.claimed_until <= :now)
), chosen AS (
    SELECT d.endpoint_id, d.position FROM event_delivery d JOIN ready r USING (endpoint_id, position)
    WHERE r.place <= r.places AND d.next_try_at <= :now AND (d.claimed_until IS NULL OR d.claimed_until <= :now)
    ORDER BY d.position LIMIT :limit FOR UPDATE OF d SKIP LOCKED
), claimed AS (
    UPDATE event_delivery d SET claimed_until = :until, claim = :claim, tries = d.tries + 1,
                                tried_since = coalesce(d.tried_since, :now)
    FROM chosen c WHERE d.endpoint_id = c.endpoint_id AND d.position = c.position RETURNING d.*
)
SELECT c.endpoint_id, c.position, c.tries, c.tried_since, w.url, w.name, s.with_person, e.type, e.at,
       e.person_id, e.enrollment_id, e.sequence, e.version, e.detail
FROM claimed c JOIN event_subscription s ON s.endpoint_id = c.endpoint_id
JOIN webhook_endpoint w ON w.id = c.endpoint_id LEFT JOIN stream_event e ON e.position = c.position
ORDER BY c.position;

-- name: event_delivered(endpoint_id, position, claim)!
-- Not what was asked for once more while it was posted.
DELETE FROM event_delivery WHERE endpoint_id = :endpoint_id AND position = :position AND claim = :claim;

-- name: receiver_took_one(endpoint_id)!
UPDATE event_subscription SET failures = 0, failing_since = NULL, next_try_at = NULL
WHERE endpoint_id = :endpoint_id AND failures > 0;

-- name: put_off_event(endpoint_id, position, claim, next_try_at)$
UPDATE event_delivery SET claimed_until = NULL, claim = NULL, next_try_at = :next_try_at
WHERE endpoint_id = :endpoint_id AND position = :position AND claim = :claim RETURNING position;

-- name: untry_event(endpoint_id, position, claim, next_try_at)!
-- It was not tried after all: the receiver has no room for it now.
UPDATE event_delivery SET claimed_until = NULL, claim = NULL, next_try_at = :next_try_at, tries = greatest(tries - 1, 0)
WHERE endpoint_id = :endpoint_id AND position = :position AND claim = :claim;

-- name: receiver_failed(endpoint_id, now)^
-- not null: people
-- Counts the failure. "people" is of how many the oldest event was tried and not taken: one of them alone says nothing of
-- the receiver.
UPDATE event_subscription s SET failures = failures + 1, failing_since = coalesce(failing_since, :now)
WHERE s.endpoint_id = :endpoint_id
RETURNING s.failures, s.failing_since, s.state,
          (SELECT count(DISTINCT d.person_id) FROM event_delivery d WHERE d.endpoint_id = s.endpoint_id AND d.tries > 0)
          AS people;

-- name: rest_subscription(endpoint_id, until)!
UPDATE event_subscription SET next_try_at = :until WHERE endpoint_id = :endpoint_id AND state = 'active';

-- name: events_ahead()^
-- not null: subscribed, behind
-- Whether anybody gets events, and when there is something to do next.
SELECT EXISTS (SELECT 1 FROM event_subscription s WHERE s.state = 'active') AS subscribed,
       EXISTS (SELECT 1 FROM event_subscription s WHERE s.state = 'active'
               AND (s.position < (SELECT h.position FROM stream_head h)
                    OR EXISTS (SELECT FROM stream_event e WHERE e.position IS NULL))) AS behind,
       (SELECT min(greatest(d.next_try_at, coalesce(d.claimed_until, d.next_try_at), coalesce(s.next_try_at, d.next_try_at)))
        FROM event_delivery d JOIN event_subscription s ON s.endpoint_id = d.endpoint_id AND s.state = 'active') AS next_at;

