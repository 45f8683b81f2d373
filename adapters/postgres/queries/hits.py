"""The queries of ``sql/hits.sql``.

Written by ``python -m tools.queries`` from ``sql/hits.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from adapters.postgres.database import Connection

_LINK_ROW = """
SELECT l.*, s.enrollment_id, s.person_id, s.claimed_at FROM send_link l JOIN send s ON s.id = l.send_id WHERE l.id = $1"""

_LINK_TARGET = """
SELECT target FROM send_link WHERE id = $1"""

_ADD_HIT = """
INSERT INTO hit (link_id, at, method, user_agent, address, prefetch, judge_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""

_DUE_HITS = """
SELECT h.id, h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
       s.person_id, s.claimed_at, s.state
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE h.verdict IS NULL AND h.judge_at <= $1
ORDER BY h.judge_at, h.id LIMIT $2
FOR UPDATE OF h SKIP LOCKED"""

_HITS_AROUND = """
SELECT me.id AS about, near.*
FROM hit me JOIN send_link ml ON ml.id = me.link_id JOIN send ms ON ms.id = ml.send_id
CROSS JOIN LATERAL (
    -- of each other link of the message one hit that is close
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL AS honeypot,
            ms.person_id
     FROM send_link l CROSS JOIN LATERAL (
         SELECT x.* FROM hit x WHERE x.link_id = l.id
         AND x.at BETWEEN me.at - $3::interval AND me.at + $3::interval LIMIT 1) h
     WHERE l.send_id = ml.send_id AND l.id <> me.link_id)
    UNION ALL
    -- of the honeypot the nearest before and after
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, true, ms.person_id
     FROM send_link l CROSS JOIN LATERAL (
         (SELECT x.* FROM hit x WHERE x.link_id = l.id AND x.at BETWEEN me.at - $2::interval AND me.at
          ORDER BY x.at DESC LIMIT 20)
         UNION ALL
         (SELECT x.* FROM hit x WHERE x.link_id = l.id AND x.at > me.at AND x.at <= me.at + $2::interval
          ORDER BY x.at LIMIT 20)) h
     WHERE l.send_id = ml.send_id AND l.target IS NULL AND ml.target IS NOT NULL)
    UNION ALL
    -- by the same address in other people's messages, the nearest before and after
    (SELECT h.at, h.method, h.user_agent, h.address, h.prefetch, h.link_id, l.send_id, l.target IS NULL, s.person_id
     FROM (
         (SELECT x.* FROM hit x WHERE x.address = me.address AND x.at BETWEEN me.at - $4::interval AND me.at
          ORDER BY x.at DESC LIMIT 12)
         UNION ALL
         (SELECT x.* FROM hit x WHERE x.address = me.address AND x.at > me.at AND x.at <= me.at + $4::interval
          ORDER BY x.at LIMIT 12)) h
     JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
     WHERE s.person_id <> ms.person_id)
) AS near
WHERE me.id = ANY($1::bigint[])"""

_JUDGE_HITS = """
UPDATE hit SET verdict = v.verdict, reasons = string_to_array(v.reasons, ' '), judged_at = $4
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS v(id, verdict, reasons)
WHERE hit.id = v.id AND hit.verdict IS NULL"""

_HITS_OF = """
SELECT h.id, h.at, s.step, l.position, l.target, l.target IS NULL AS honeypot, h.method, h.user_agent, h.address,
       coalesce(h.verdict, 'waiting') AS verdict, h.reasons, h.judged_at, s.id AS send
FROM hit h JOIN send_link l ON l.id = h.link_id JOIN send s ON s.id = l.send_id
WHERE s.id = $1 OR s.enrollment_id = $1 ORDER BY h.at, h.id"""

_JUDGE_HITS_NOW = """
UPDATE hit h SET judge_at = h.at FROM send_link l, send s
WHERE l.id = h.link_id AND s.id = l.send_id AND s.enrollment_id = $1 AND h.verdict IS NULL RETURNING h.id"""


class DueHitsRow(Row):
    """A row of ``due_hits``."""

    __slots__ = (
        "id",
        "at",
        "method",
        "user_agent",
        "address",
        "prefetch",
        "link_id",
        "send_id",
        "honeypot",
        "person_id",
        "claimed_at",
        "state",
    )

    def __init__(
        self,
        id: int,
        at: datetime,
        method: str,
        user_agent: str,
        address: str,
        prefetch: bool,
        link_id: str,
        send_id: str,
        honeypot: bool,
        person_id: str,
        claimed_at: datetime | None,
        state: str,
    ) -> None:
        self.id: Final = id
        self.at: Final = at
        self.method: Final = method
        self.user_agent: Final = user_agent
        self.address: Final = address
        self.prefetch: Final = prefetch
        self.link_id: Final = link_id
        self.send_id: Final = send_id
        self.honeypot: Final = honeypot
        self.person_id: Final = person_id
        self.claimed_at: Final = claimed_at
        self.state: Final = state


class HitsAroundRow(Row):
    """A row of ``hits_around``."""

    __slots__ = (
        "about",
        "at",
        "method",
        "user_agent",
        "address",
        "prefetch",
        "link_id",
        "send_id",
        "honeypot",
        "person_id",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        about: int,
        at: datetime,
        method: str,
        user_agent: str,
        address: str,
        prefetch: bool,
        link_id: str,
        send_id: str,
        honeypot: bool,
        person_id: str,
    ) -> None:
        self.about: Final = about
        self.at: Final = at
        self.method: Final = method
        self.user_agent: Final = user_agent
        self.address: Final = address
        self.prefetch: Final = prefetch
        self.link_id: Final = link_id
        self.send_id: Final = send_id
        self.honeypot: Final = honeypot
        self.person_id: Final = person_id


class HitsOfRow(Row):
    """A row of ``hits_of``."""

    __slots__ = (
        "id",
        "at",
        "step",
        "position",
        "target",
        "honeypot",
        "method",
        "user_agent",
        "address",
        "verdict",
        "reasons",
        "judged_at",
        "send",
    )

    def __init__(
        self,
        id: int,
        at: datetime,
        step: str,
        position: int,
        target: str | None,
        honeypot: bool,
        method: str,
        user_agent: str,
        address: str,
        verdict: str,
        reasons: list[str],
        judged_at: datetime | None,
        send: str,
    ) -> None:
        self.id: Final = id
        self.at: Final = at
        self.step: Final = step
        self.position: Final = position
        self.target: Final = target
        self.honeypot: Final = honeypot
        self.method: Final = method
        self.user_agent: Final = user_agent
        self.address: Final = address
        self.verdict: Final = verdict
        self.reasons: Final = reasons
        self.judged_at: Final = judged_at
        self.send: Final = send


class LinkRow(Row):
    """A row of ``link_row``."""

    __slots__ = ("id", "send_id", "position", "target", "enrollment_id", "person_id", "claimed_at")

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        send_id: str,
        position: int,
        target: str | None,
        enrollment_id: str,
        person_id: str,
        claimed_at: datetime | None,
    ) -> None:
        self.id: Final = id
        self.send_id: Final = send_id
        self.position: Final = position
        self.target: Final = target
        self.enrollment_id: Final = enrollment_id
        self.person_id: Final = person_id
        self.claimed_at: Final = claimed_at


async def link_row(connection: Connection, *, id: str) -> LinkRow | None:
    """The row of ``link_row``."""
    found = await connection.fetchrow(_LINK_ROW, id)
    return LinkRow(*LinkRow.columns(found)) if found is not None else None


async def link_target(connection: Connection, *, id: str) -> str | None:
    """The value of ``link_target``."""
    value: str | None = await connection.fetchval(_LINK_TARGET, id)
    return value


async def add_hit(
    connection: Connection,
    *,
    link_id: str,
    at: datetime,
    method: str,
    user_agent: str,
    address: str,
    prefetch: bool,
    judge_at: datetime | None,
) -> int:
    """Runs ``add_hit``."""
    return affected(await connection.execute(_ADD_HIT, link_id, at, method, user_agent, address, prefetch, judge_at))


async def due_hits(connection: Connection, *, now: datetime, limit: int) -> list[DueHitsRow]:
    """Whoever judges keeps them locked until the verdict stands; a second judge takes others."""
    return [DueHitsRow(*found) for found in await connection.fetch(_DUE_HITS, now, limit)]


async def hits_around(
    connection: Connection, *, ids: Collection[int], around: timedelta, burst: timedelta, across: timedelta
) -> list[HitsAroundRow]:
    """For each of these hits what may speak against it.

    Every part is bounded and reads an index in order: whoever asks for one link ten thousand times makes no judge
    slow.
    """
    return [
        HitsAroundRow(*HitsAroundRow.columns(found))
        for found in await connection.fetch(_HITS_AROUND, ids, around, burst, across)
    ]


async def judge_hits(
    connection: Connection,
    *,
    ids: Collection[int],
    verdicts: Collection[str],
    reasons: Collection[str],
    at: datetime | None,
) -> int:
    """Reasons of one hit come as one text: arrays of arrays would all have to be of one length."""
    return affected(await connection.execute(_JUDGE_HITS, ids, verdicts, reasons, at))


async def hits_of(connection: Connection, *, id: str) -> list[HitsOfRow]:
    """Of one message or of all messages of a run, in the order in which they came."""
    return [HitsOfRow(*found) for found in await connection.fetch(_HITS_OF, id)]


async def judge_hits_now(connection: Connection, *, enrollment_id: str) -> list[int]:
    """Where time is skipped for runs (the demo) it is skipped for the hits of their mails too."""
    return [found[0] for found in await connection.fetch(_JUDGE_HITS_NOW, enrollment_id)]
