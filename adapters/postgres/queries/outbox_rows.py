"""The queries of ``sql/outbox_rows.sql``.

Written by ``python -m tools.queries`` from ``sql/outbox_rows.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from adapters.postgres.database import Connection

_UNDELIVERED_REACTIONS = """
SELECT w.* FROM (
    SELECT r.id, r.enrollment_id AS key, r.kind, r.holds, e.workflow_id, NOT run_is_open(e.state) AS closed
    FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
    WHERE r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting'
      AND ($2::text[] IS NULL OR r.id = ANY($2::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'reactions' AND d.key = r.enrollment_id AND d.until > $1)
    ORDER BY r.received_at, r.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:reactions:' || w.key, 0)) LIMIT $3"""

_UNHEARD_REACTIONS = """
SELECT w.* FROM (
    SELECT r.id, r.enrollment_id AS key, r.kind, r.holds, e.workflow_id, true AS closed
    FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
    WHERE r.delivered_at IS NOT NULL AND r.handled_at IS NULL AND NOT r.late AND NOT run_is_open(e.state)
      AND ($2::text[] IS NULL OR r.id = ANY($2::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'reactions' AND d.key = r.enrollment_id AND d.until > $1)
    ORDER BY r.received_at, r.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:reactions:' || w.key, 0)) LIMIT $3"""

_REACTIONS_DELIVERED = """
WITH told AS (SELECT id FROM reaction WHERE id = ANY($1::text[]) ORDER BY received_at, id FOR NO KEY UPDATE)
UPDATE reaction r SET delivered_at = coalesce(r.delivered_at, $2), late = $3 FROM told WHERE r.id = told.id"""

_STARTING_ENROLLMENTS = """
SELECT w.* FROM (
    SELECT e.id, e.id AS key FROM enrollment e
    WHERE e.state = 'starting' AND e.enrolled_at <= $2
      AND (e.via <> 'rule' OR NOT EXISTS (SELECT 1 FROM reenrollment_window w
                                          WHERE w.enrollment_id = e.id AND relance_window_stands(w.state))
           -- Its window was started long ago and found the run before this one still open: that one's place was taken.
           OR (e.enrolled_at <= $3 AND EXISTS (
               SELECT 1 FROM reenrollment_window w WHERE w.enrollment_id = e.id AND w.state = 'open')))
      AND ($4::text[] IS NULL OR e.id = ANY($4::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'starts' AND d.key = e.id AND d.until > $1)
    ORDER BY e.enrolled_at, e.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:starts:' || w.key, 0)) LIMIT $5"""

_OPENING_WINDOWS = """
SELECT w.* FROM (
    SELECT o.id, o.id AS key FROM reenrollment_window o
    WHERE o.state = 'opening' AND ($2::text[] IS NULL OR o.id = ANY($2::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'openings' AND d.key = o.id AND d.until > $1)
    ORDER BY o.opened_at, o.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:openings:' || w.key, 0)) LIMIT $3"""

_UNSIGNALLED_WINDOWS = """
SELECT w.* FROM (
    SELECT o.id, o.id AS key FROM reenrollment_window o
    WHERE o.revision <> o.told_revision AND o.state <> 'opening' AND ($2::text[] IS NULL OR o.id = ANY($2::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'windows' AND d.key = o.id AND d.until > $1)
    ORDER BY o.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:windows:' || w.key, 0)) LIMIT $3"""

_DELIVERIES_TO_HAND = """
SELECT w.* FROM (
    SELECT f.id, f.id AS key, f.kind, f.round, e.sequence FROM follow_up f JOIN enrollment e ON e.id = f.enrollment_id
    WHERE f.state = 'pending' AND f.hand_at <= $1 AND ($2::text[] IS NULL OR f.id = ANY($2::text[]))
      AND NOT EXISTS (SELECT 1 FROM outbox_delay d WHERE d.lane = 'deliveries' AND d.key = f.id AND d.until > $1)
    ORDER BY f.hand_at, f.at, f.id OFFSET 0) w
WHERE pg_try_advisory_xact_lock(hashtextextended('outbox:deliveries:' || w.key, 0)) LIMIT $3"""

_DELIVERIES_HANDED = """
UPDATE follow_up f SET hand_at = $3 FROM unnest($1::text[], $2::integer[]) AS handed(id, round)
WHERE f.id = handed.id AND f.state = 'pending' AND f.round = handed.round AND f.hand_at < $3"""

_RULES_HAVE_WORK = """
SELECT least((SELECT min(id) FROM change WHERE watched_at IS NULL AND batch = ''),
             (SELECT min(number) FROM change_batch WHERE watched_at IS NULL AND closed_at IS NOT NULL)) AS oldest,
       EXISTS (SELECT 1 FROM rule_queue WHERE state = 'waiting') AS waiting
WHERE EXISTS (SELECT 1 FROM rule_state)"""

_DELAY_IN_OUTBOX = """
INSERT INTO outbox_delay AS known (lane, key, until, tries)
SELECT $1, key, $3::timestamptz + interval '1 second', 1 FROM unnest($2::text[]) AS failed(key)
ON CONFLICT (lane, key) DO UPDATE
SET tries = known.tries + 1,
    until = $3::timestamptz + least(interval '1 second' * 2 ^ least(known.tries, 20), $4::interval)"""

_FORGET_OUTBOX_DELAYS = """
DELETE FROM outbox_delay WHERE until < $1"""

_OUTBOX_LAG = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1) AS listening,
       least((SELECT min(r.received_at) FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
              WHERE r.delivered_at IS NULL AND r.handled_at IS NULL AND NOT r.late AND e.state <> 'starting'),
             (SELECT min(opened_at) FROM reenrollment_window WHERE state = 'opening')) AS since"""


class DeliveriesToHandRow(Row):
    """A row of ``deliveries_to_hand``."""

    __slots__ = ("id", "key", "kind", "round", "sequence")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, key: str, kind: str, round: int, sequence: str) -> None:
        self.id: Final = id
        self.key: Final = key
        self.kind: Final = kind
        self.round: Final = round
        self.sequence: Final = sequence


class OpeningWindowsRow(Row):
    """A row of ``opening_windows``."""

    __slots__ = ("id", "key")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, key: str) -> None:
        self.id: Final = id
        self.key: Final = key


class OutboxLagRow(Row):
    """A row of ``outbox_lag``."""

    __slots__ = ("listening", "since")

    def __init__(self, listening: int, since: datetime | None) -> None:
        self.listening: Final = listening
        self.since: Final = since


class RulesHaveWorkRow(Row):
    """A row of ``rules_have_work``."""

    __slots__ = ("oldest", "waiting")

    def __init__(self, oldest: int | None, waiting: bool) -> None:
        self.oldest: Final = oldest
        self.waiting: Final = waiting


class StartingEnrollmentsRow(Row):
    """A row of ``starting_enrollments``."""

    __slots__ = ("id", "key")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, key: str) -> None:
        self.id: Final = id
        self.key: Final = key


class UndeliveredReactionsRow(Row):
    """A row of ``undelivered_reactions``."""

    __slots__ = ("id", "key", "kind", "holds", "workflow_id", "closed")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, key: str, kind: str, holds: bool, workflow_id: str, closed: bool) -> None:
        self.id: Final = id
        self.key: Final = key
        self.kind: Final = kind
        self.holds: Final = holds
        self.workflow_id: Final = workflow_id
        self.closed: Final = closed


class UnsignalledWindowsRow(Row):
    """A row of ``unsignalled_windows``."""

    __slots__ = ("id", "key")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, key: str) -> None:
        self.id: Final = id
        self.key: Final = key


async def undelivered_reactions(
    connection: Connection, *, now: datetime, among: Collection[str] | None, limit: int
) -> list[UndeliveredReactionsRow]:
    """Not yet handed to Temporal.

    A run that is still starting gets its reactions as soon as it is active. Locked by run: reactions of one run
    keep their order, and behind one that failed its others wait.
    """
    return [
        UndeliveredReactionsRow(*UndeliveredReactionsRow.columns(found))
        for found in await connection.fetch(_UNDELIVERED_REACTIONS, now, among, limit)
    ]


async def unheard_reactions(
    connection: Connection, *, now: datetime, among: Collection[str] | None, limit: int
) -> list[UndeliveredReactionsRow]:
    """Handed to a run that closed before it came to them."""
    return [
        UndeliveredReactionsRow(*UndeliveredReactionsRow.columns(found))
        for found in await connection.fetch(_UNHEARD_REACTIONS, now, among, limit)
    ]


async def reactions_delivered(connection: Connection, *, ids: Collection[str], at: datetime, late: bool) -> int:
    """In the order in which everybody locks several of them."""
    return affected(await connection.execute(_REACTIONS_DELIVERED, ids, at, late))


async def starting_enrollments(
    connection: Connection,
    *,
    now: datetime,
    by_hand_before: datetime,
    by_rule_before: datetime,
    among: Collection[str] | None,
    limit: int,
) -> list[StartingEnrollmentsRow]:
    """A run by rule is started by its window, as long as that one stands: it may yet be refused."""
    return [
        StartingEnrollmentsRow(*StartingEnrollmentsRow.columns(found))
        for found in await connection.fetch(_STARTING_ENROLLMENTS, now, by_hand_before, by_rule_before, among, limit)
    ]


async def opening_windows(
    connection: Connection, *, now: datetime, among: Collection[str] | None, limit: int
) -> list[OpeningWindowsRow]:
    """The rows of ``opening_windows``."""
    return [
        OpeningWindowsRow(*OpeningWindowsRow.columns(found))
        for found in await connection.fetch(_OPENING_WINDOWS, now, among, limit)
    ]


async def unsignalled_windows(
    connection: Connection, *, now: datetime, among: Collection[str] | None, limit: int
) -> list[UnsignalledWindowsRow]:
    """The rows of ``unsignalled_windows``."""
    return [
        UnsignalledWindowsRow(*UnsignalledWindowsRow.columns(found))
        for found in await connection.fetch(_UNSIGNALLED_WINDOWS, now, among, limit)
    ]


async def deliveries_to_hand(
    connection: Connection, *, now: datetime, among: Collection[str] | None, limit: int
) -> list[DeliveriesToHandRow]:
    """``deliveries_to_hand``.

    What waits to go out and has no workflow, as far as is known: new ones, those to be tried again, and those whose
    workflow should have tried long ago.
    """
    return [
        DeliveriesToHandRow(*DeliveriesToHandRow.columns(found))
        for found in await connection.fetch(_DELIVERIES_TO_HAND, now, among, limit)
    ]


async def deliveries_handed(
    connection: Connection, *, ids: Collection[str], rounds: Collection[int], again_at: datetime
) -> int:
    """Not those made to wait again at this moment, nor those whose workflow was quicker than we."""
    return affected(await connection.execute(_DELIVERIES_HANDED, ids, rounds, again_at))


async def rules_have_work(connection: Connection) -> RulesHaveWorkRow | None:
    """The oldest change that no watcher has seen, and whether anybody waits in the queue; null without any rule."""
    found = await connection.fetchrow(_RULES_HAVE_WORK)
    return RulesHaveWorkRow(*found) if found is not None else None


async def delay_in_outbox(
    connection: Connection, *, lane: str, keys: Collection[str], at: datetime, longest: timedelta
) -> int:
    """The wait doubles from a second to the longest, for all dispatchers together."""
    return affected(await connection.execute(_DELAY_IN_OUTBOX, lane, keys, at, longest))


async def forget_outbox_delays(connection: Connection, *, before: datetime) -> int:
    """Runs ``forget_outbox_delays``."""
    return affected(await connection.execute(_FORGET_OUTBOX_DELAYS, before))


async def outbox_lag(connection: Connection, *, listener: str) -> OutboxLagRow:
    """How many dispatchers listen, and since when the oldest reaction or window waits to be handed over."""
    found = await connection.fetchrow(_OUTBOX_LAG, listener)
    assert found is not None
    return OutboxLagRow(*found)
