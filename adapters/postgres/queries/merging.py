"""The queries of ``sql/merging.sql``.

Written by ``python -m tools.queries`` from ``sql/merging.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_MERGE_ROOT = """
WITH RECURSIVE chain AS (
    SELECT $1::text AS id, 1 AS depth
    UNION ALL
    SELECT p.merged_into, c.depth + 1 FROM chain c JOIN person p ON p.id = c.id
    WHERE p.merged_into IS NOT NULL AND c.depth < 50
)
SELECT id FROM chain ORDER BY depth DESC LIMIT 1"""

_MERGED_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM person WHERE merged_into = $1
    UNION
    SELECT p.id FROM person p JOIN below b ON p.merged_into = b.id
)
SELECT id FROM below WHERE id <> $1 ORDER BY id"""

_SEQUENCES_ENTERED = """
SELECT sequence FROM reenrollment_window WHERE person_id = ANY($1::text[])
UNION
SELECT sequence FROM enrollment WHERE person_id = ANY($1::text[]) AND run_is_open(state)
ORDER BY sequence"""

_WINDOWS_TO_MERGE = """
SELECT w.id, w.sequence, w.person_id, w.record_id, w.scope, w.until, w.opened_at, e.record_type
FROM reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id
WHERE w.person_id = ANY($1::text[]) AND relance_window_stands(w.state)
ORDER BY w.sequence, w.opened_at, w.id FOR UPDATE OF w"""

_END_MERGED_WINDOWS = """
UPDATE reenrollment_window SET state = 'ended', reason = 'merged', ended_at = $2, told_revision = revision
WHERE id = ANY($1::text[])"""

_MOVE_WINDOWS = """
UPDATE reenrollment_window w
SET person_id = $2, record_id = CASE WHEN e.record_type = 'person' THEN $2 ELSE w.record_id END,
    revision = CASE WHEN w.scope = 'person' AND relance_window_stands(w.state) THEN 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id = ANY($1::text[] || $2::text)) ELSE w.revision END
FROM enrollment e WHERE e.id = w.enrollment_id AND w.person_id = ANY($1::text[])"""

_OPEN_RUNS_TO_MERGE = """
SELECT e.id, e.sequence, e.record_id,
       (SELECT count(*) FROM send s WHERE s.enrollment_id = e.id AND s.state IN ('claimed', 'sent', 'unknown')) AS sent
FROM enrollment e
WHERE e.record_type = 'person' AND e.record_id = ANY($1::text[]) AND run_is_open(e.state)
ORDER BY e.sequence, e.id FOR UPDATE OF e"""

_SET_RUN_RECORD = """
UPDATE enrollment SET record_id = $2 WHERE id = $1"""

_MOVE_RUNS = """
UPDATE enrollment
SET merged_from = coalesce(merged_from, person_id), person_id = $2,
    record_id = CASE WHEN record_type = 'person' AND id <> ALL($3::text[]) THEN $2 ELSE record_id END
WHERE person_id = ANY($1::text[])
RETURNING id, NOT run_is_open(state) AS closed"""

_MOVE_SENDS = """
UPDATE send SET person_id = $2 WHERE person_id = ANY($1::text[])"""

_MOVE_REACTIONS = """
UPDATE reaction SET person_id = $2 WHERE person_id = ANY($1::text[])
  AND enrollment_id IN (SELECT id FROM enrollment WHERE person_id = $2 AND merged_from IS NOT NULL)"""

_MOVE_TASKS = """
UPDATE task SET person_id = $2 WHERE person_id = ANY($1::text[])"""

_MOVE_LEADS = """
UPDATE lead SET person_id = $2 WHERE person_id = ANY($1::text[])"""

_MOVE_NOTIFICATIONS = """
UPDATE notification SET person_id = $2 WHERE person_id = ANY($1::text[])"""

_JOIN_LISTS = """
INSERT INTO list_member (list, person_id, added_at, enrollment_id)
SELECT DISTINCT ON (list) list, $2::text, added_at, enrollment_id FROM list_member
WHERE person_id = ANY($1::text[]) ORDER BY list, added_at
ON CONFLICT DO NOTHING"""

_LEAVE_LISTS = """
DELETE FROM list_member WHERE person_id = ANY($1::text[])"""

_PLACEMENTS_OF = """
SELECT id FROM placement WHERE person_id = ANY($1::text[]) ORDER BY id"""

_PART_RUNS = """
UPDATE enrollment e
SET person_id = $2, record_id = $2, merged_from = CASE WHEN merged_from = $2 THEN NULL ELSE merged_from END
WHERE e.record_type = 'person' AND e.person_id = $3 AND e.merged_from = ANY($1::text[])
  AND (NOT run_is_open(e.state) OR NOT EXISTS (
      SELECT 1 FROM enrollment o WHERE o.sequence = e.sequence AND o.record_id = $2 AND o.id <> e.id
      AND run_is_open(o.state)))
RETURNING e.id, NOT run_is_open(e.state) AS closed"""

_PART_WINDOWS = """
UPDATE reenrollment_window w
SET person_id = $2, record_id = $2,
    state = CASE WHEN w.reason = 'merged' AND w.until > $4 THEN 'open' ELSE w.state END,
    revision = CASE WHEN w.scope = 'person' THEN 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id IN ($2, $3)) ELSE w.revision END,
    told_revision = CASE WHEN relance_window_stands(w.state) OR (w.reason = 'merged' AND w.until > $4)
                         THEN w.told_revision ELSE 1 + (
        SELECT max(o.revision) FROM reenrollment_window o
        WHERE o.sequence = w.sequence AND o.person_id IN ($2, $3)) END
WHERE w.id IN (
    -- Of several that could stand the longest does.
    SELECT DISTINCT ON (x.sequence, x.scope, CASE WHEN relance_window_stands(x.state)
                        OR (x.reason = 'merged' AND x.until > $4) THEN '' ELSE x.id END) x.id
    FROM reenrollment_window x WHERE x.enrollment_id = ANY($1::text[])
    ORDER BY x.sequence, x.scope, CASE WHEN relance_window_stands(x.state)
             OR (x.reason = 'merged' AND x.until > $4) THEN '' ELSE x.id END, x.until DESC NULLS FIRST, x.id)"""

_PART_SENDS = """
UPDATE send SET person_id = $2 WHERE enrollment_id = ANY($1::text[])"""

_PART_REACTIONS = """
UPDATE reaction SET person_id = $2 WHERE enrollment_id = ANY($1::text[])"""


class MoveRunsRow(Row):
    """A row of ``move_runs``."""

    __slots__ = ("id", "closed")

    def __init__(self, id: str, closed: bool | None) -> None:
        self.id: Final = id
        self.closed: Final = closed


class OpenRunsToMergeRow(Row):
    """A row of ``open_runs_to_merge``."""

    __slots__ = ("id", "sequence", "record_id", "sent")

    def __init__(self, id: str, sequence: str, record_id: str, sent: int) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.record_id: Final = record_id
        self.sent: Final = sent


class PartRunsRow(Row):
    """A row of ``part_runs``."""

    __slots__ = ("id", "closed")

    def __init__(self, id: str, closed: bool | None) -> None:
        self.id: Final = id
        self.closed: Final = closed


class WindowsToMergeRow(Row):
    """A row of ``windows_to_merge``."""

    __slots__ = ("id", "sequence", "person_id", "record_id", "scope", "until", "opened_at", "record_type")

    def __init__(
        self,
        id: str,
        sequence: str,
        person_id: str,
        record_id: str,
        scope: str,
        until: datetime | None,
        opened_at: datetime,
        record_type: str,
    ) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.scope: Final = scope
        self.until: Final = until
        self.opened_at: Final = opened_at
        self.record_type: Final = record_type


async def merge_root(connection: Connection, *, id: str) -> str | None:
    """Who a person is by now: the end of the chain of merges. An id that nobody has is its own end."""
    value: str | None = await connection.fetchval(_MERGE_ROOT, id)
    return value


async def merged_below(connection: Connection, *, id: str) -> list[str]:
    """Everybody who was merged into this person, also by way of others."""
    return [found[0] for found in await connection.fetch(_MERGED_BELOW, id)]


async def sequences_entered(connection: Connection, *, people: Collection[str]) -> list[str]:
    """The rows of ``sequences_entered``."""
    return [found[0] for found in await connection.fetch(_SEQUENCES_ENTERED, people)]


async def windows_to_merge(connection: Connection, *, people: Collection[str]) -> list[WindowsToMergeRow]:
    """The rows of ``windows_to_merge``."""
    return [WindowsToMergeRow(*found) for found in await connection.fetch(_WINDOWS_TO_MERGE, people)]


async def end_merged_windows(connection: Connection, *, ids: Collection[str], at: datetime | None) -> int:
    """Another window of the person lasts longer. The workflow of their gate hears of that one."""
    return affected(await connection.execute(_END_MERGED_WINDOWS, ids, at))


async def move_windows(connection: Connection, *, people: Collection[str], into: str) -> int:
    """What stands gets the newest revision of the survivor's chain, so that the survivor's gate is told of it."""
    return affected(await connection.execute(_MOVE_WINDOWS, people, into))


async def open_runs_to_merge(connection: Connection, *, people: Collection[str]) -> list[OpenRunsToMergeRow]:
    """The rows of ``open_runs_to_merge``."""
    return [OpenRunsToMergeRow(*found) for found in await connection.fetch(_OPEN_RUNS_TO_MERGE, people)]


async def set_run_record(connection: Connection, *, id: str, record_id: str) -> int:
    """Runs ``set_run_record``."""
    return affected(await connection.execute(_SET_RUN_RECORD, id, record_id))


async def move_runs(
    connection: Connection, *, people: Collection[str], into: str, losers: Collection[str]
) -> list[MoveRunsRow]:
    """Every run, also those that are over; the losers keep the record that is gone, and so come to their end."""
    return [MoveRunsRow(*found) for found in await connection.fetch(_MOVE_RUNS, people, into, losers)]


async def move_sends(connection: Connection, *, people: Collection[str], into: str) -> int:
    """Runs ``move_sends``."""
    return affected(await connection.execute(_MOVE_SENDS, people, into))


async def move_reactions(connection: Connection, *, people: Collection[str], into: str) -> int:
    """Runs ``move_reactions``."""
    return affected(await connection.execute(_MOVE_REACTIONS, people, into))


async def move_tasks(connection: Connection, *, people: Collection[str], into: str) -> int:
    """Runs ``move_tasks``."""
    return affected(await connection.execute(_MOVE_TASKS, people, into))


async def move_leads(connection: Connection, *, people: Collection[str], into: str) -> int:
    """Runs ``move_leads``."""
    return affected(await connection.execute(_MOVE_LEADS, people, into))


async def move_notifications(connection: Connection, *, people: Collection[str], into: str | None) -> int:
    """Runs ``move_notifications``."""
    return affected(await connection.execute(_MOVE_NOTIFICATIONS, people, into))


async def join_lists(connection: Connection, *, people: Collection[str], into: str) -> int:
    """Runs ``join_lists``."""
    return affected(await connection.execute(_JOIN_LISTS, people, into))


async def leave_lists(connection: Connection, *, people: Collection[str]) -> int:
    """Runs ``leave_lists``."""
    return affected(await connection.execute(_LEAVE_LISTS, people))


async def placements_of(connection: Connection, *, people: Collection[str]) -> list[str]:
    """The rows of ``placements_of``."""
    return [found[0] for found in await connection.fetch(_PLACEMENTS_OF, people)]


async def part_runs(connection: Connection, *, people: Collection[str], into: str, root: str) -> list[PartRunsRow]:
    """Back from the survivor to the person who is there again: what was about the person itself.

    Placements, and the runs about them, stay until the CRM says whose they are.
    """
    return [PartRunsRow(*found) for found in await connection.fetch(_PART_RUNS, people, into, root)]


async def part_windows(connection: Connection, *, runs: Collection[str], into: str, root: str, now: datetime) -> int:
    """With their runs. One that was ended only because another lasted longer stands again."""
    return affected(await connection.execute(_PART_WINDOWS, runs, into, root, now))


async def part_sends(connection: Connection, *, runs: Collection[str], into: str) -> int:
    """Runs ``part_sends``."""
    return affected(await connection.execute(_PART_SENDS, runs, into))


async def part_reactions(connection: Connection, *, runs: Collection[str], into: str) -> int:
    """Runs ``part_reactions``."""
    return affected(await connection.execute(_PART_REACTIONS, runs, into))
