"""The queries of ``sql/migration.sql``.

Written by ``python -m tools.queries`` from ``sql/migration.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_OPEN_RUNS_OF = """
SELECT e.*, s.step AS next_step, s.due_at AS next_due_at,
       (SELECT count(*) FROM enrollment_event v WHERE v.enrollment_id = e.id AND v.kind = 'move') AS moves
FROM enrollment e
LEFT JOIN LATERAL (SELECT step, due_at FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned'
                   ORDER BY due_at IS NULL, position LIMIT 1) s ON true
WHERE e.sequence = $1 AND run_is_open(e.state) AND e.id > $2
ORDER BY e.id LIMIT $3"""

_SET_RUN_VERSION = """
UPDATE enrollment SET version = $2 WHERE id = $1 AND run_is_open(state)"""

_BEGUN_SENDS = """
SELECT step, state FROM send WHERE enrollment_id = $1 AND (state <> 'planned' OR attempts > 0)"""

_DROP_STEPS = """
UPDATE enrollment_step t
SET state = coalesce((SELECT CASE s.state WHEN 'claimed' THEN 'unknown' ELSE s.state END FROM send s
                      WHERE s.enrollment_id = t.enrollment_id AND s.step = t.step AND s.state <> 'planned'), 'cancelled'),
    reason = $3, decided_at = $4
WHERE t.enrollment_id = $1 AND t.step = ANY($2::text[]) AND t.state = 'planned'"""

_PASS_STEP = """
INSERT INTO enrollment_step (enrollment_id, step, position, state, reason, decided_at)
VALUES ($1, $2, $3, 'skipped', $4, $5)
ON CONFLICT (enrollment_id, step) DO UPDATE SET state = 'skipped', reason = excluded.reason, decided_at = excluded.decided_at
WHERE enrollment_step.state IN ('planned', 'cancelled')"""

_BRING_BACK_STEPS = """
UPDATE enrollment_step SET state = 'planned', reason = NULL, decided_at = NULL
WHERE enrollment_id = $1 AND step = ANY($2::text[]) AND state = 'cancelled'"""

_JUDGE_AGAIN = """
UPDATE enrollment_step SET own_at = NULL, judged_at = $3
WHERE enrollment_id = $1 AND step = ANY($2::text[]) AND state = 'planned'"""

_PLACE_STEPS = """
UPDATE enrollment_step t SET position = o.position - 1
FROM unnest($2::text[]) WITH ORDINALITY AS o(step, position)
WHERE t.enrollment_id = $1 AND t.step = o.step"""

_FORGET_LINKS_OF_UNTRIED_SENDS = """
DELETE FROM send_link l USING send s
WHERE s.id = l.send_id AND s.enrollment_id = $1 AND s.state = 'planned' AND s.attempts = 0"""

_FORGET_UNTRIED_SENDS = """
DELETE FROM send WHERE enrollment_id = $1 AND state = 'planned' AND attempts = 0"""

_REFUSE_DROPPED_SENDS = """
UPDATE send SET state = 'refused', reason = $3, decided_at = $4
WHERE enrollment_id = $1 AND step = ANY($2::text[]) AND state = 'planned'"""


class BegunSendsRow(Row):
    """A row of ``begun_sends``."""

    __slots__ = ("step", "state")

    def __init__(self, step: str, state: str) -> None:
        self.step: Final = step
        self.state: Final = state


class OpenRunsOfRow(Row):
    """A row of ``open_runs_of``."""

    __slots__ = (
        "id",
        "workflow_id",
        "sequence",
        "version",
        "record_type",
        "record_id",
        "person_id",
        "owner_id",
        "via",
        "lineage",
        "state",
        "reason",
        "enrolled_at",
        "started_at",
        "ended_at",
        "merged_from",
        "next_step",
        "next_due_at",
        "moves",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        workflow_id: str,
        sequence: str,
        version: int,
        record_type: str,
        record_id: str,
        person_id: str,
        owner_id: str | None,
        via: str,
        lineage: list[str],
        state: str,
        reason: str | None,
        enrolled_at: datetime,
        started_at: datetime | None,
        ended_at: datetime | None,
        merged_from: str | None,
        next_step: str | None,
        next_due_at: datetime | None,
        moves: int,
    ) -> None:
        self.id: Final = id
        self.workflow_id: Final = workflow_id
        self.sequence: Final = sequence
        self.version: Final = version
        self.record_type: Final = record_type
        self.record_id: Final = record_id
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id
        self.via: Final = via
        self.lineage: Final = lineage
        self.state: Final = state
        self.reason: Final = reason
        self.enrolled_at: Final = enrolled_at
        self.started_at: Final = started_at
        self.ended_at: Final = ended_at
        self.merged_from: Final = merged_from
        self.next_step: Final = next_step
        self.next_due_at: Final = next_due_at
        self.moves: Final = moves


async def open_runs_of(connection: Connection, *, sequence: str, after: str, limit: int) -> list[OpenRunsOfRow]:
    """One page of the open runs of a sequence, by key; "moves" counts how often a run was moved before."""
    return [
        OpenRunsOfRow(*OpenRunsOfRow.columns(found))
        for found in await connection.fetch(_OPEN_RUNS_OF, sequence, after, limit)
    ]


async def set_run_version(connection: Connection, *, id: str, version: int) -> int:
    """Runs ``set_run_version``."""
    return affected(await connection.execute(_SET_RUN_VERSION, id, version))


async def begun_sends(connection: Connection, *, enrollment_id: str) -> list[BegunSendsRow]:
    """Messages that a worker has tried to hand over, whatever came of it."""
    return [BegunSendsRow(*found) for found in await connection.fetch(_BEGUN_SENDS, enrollment_id)]


async def drop_steps(
    connection: Connection, *, enrollment_id: str, steps: Collection[str], reason: str | None, at: datetime | None
) -> int:
    """A step whose message may be out already is not called cancelled."""
    return affected(await connection.execute(_DROP_STEPS, enrollment_id, steps, reason, at))


async def pass_step(
    connection: Connection, *, enrollment_id: str, step: str, position: int, reason: str | None, at: datetime | None
) -> int:
    """Runs ``pass_step``."""
    return affected(await connection.execute(_PASS_STEP, enrollment_id, step, position, reason, at))


async def bring_back_steps(connection: Connection, *, enrollment_id: str, steps: Collection[str]) -> int:
    """What an earlier move had cancelled may come back with a later version."""
    return affected(await connection.execute(_BRING_BACK_STEPS, enrollment_id, steps))


async def judge_again(
    connection: Connection, *, enrollment_id: str, steps: Collection[str], at: datetime | None
) -> int:
    """A new or altered step is judged as one that was just heard of: what has passed by now follows if_past."""
    return affected(await connection.execute(_JUDGE_AGAIN, enrollment_id, steps, at))


async def place_steps(connection: Connection, *, enrollment_id: str, steps: Collection[str]) -> int:
    """Runs ``place_steps``."""
    return affected(await connection.execute(_PLACE_STEPS, enrollment_id, steps))


async def forget_links_of_untried_sends(connection: Connection, *, enrollment_id: str) -> int:
    """Runs ``forget_links_of_untried_sends``."""
    return affected(await connection.execute(_FORGET_LINKS_OF_UNTRIED_SENDS, enrollment_id))


async def forget_untried_sends(connection: Connection, *, enrollment_id: str) -> int:
    """Written by the old version and never tried: the new version writes it anew. What was tried keeps its bytes."""
    return affected(await connection.execute(_FORGET_UNTRIED_SENDS, enrollment_id))


async def refuse_dropped_sends(
    connection: Connection, *, enrollment_id: str, steps: Collection[str], reason: str | None, at: datetime | None
) -> int:
    """Runs ``refuse_dropped_sends``."""
    return affected(await connection.execute(_REFUSE_DROPPED_SENDS, enrollment_id, steps, reason, at))
