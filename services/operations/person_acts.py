"""What people do for one person at once: stop, pause or resume all their runs, and keep them from being contacted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.errors import NotFoundError, RefusedError
from sequences.runs.state import Command, CommandKind
from services.operations.command_run import steer
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Database
    from services.ports import Runs

BY_HAND: Final = "by_hand"
"""Reason of a suppression that a user made."""
_OPEN: Final = ["starting", "active", "paused", "held", "reacting"]
_MOST: Final = 200


@dataclass(frozen=True)
class RunsOfPerson:
    """What is asked of all open runs of a person.

    Attributes:
        kind: ``CommandKind.STOP``, ``PAUSE`` or ``RESUME``.
        key: of the request; the same key again does nothing.
        reason: shown in the story of each run; no personal data.
        until: of a pause: when it ends automatically; None: when somebody resumes.
        mode: of a resume: what becomes of steps whose time has passed; empty: ``on_resume`` of the sequence.
    """

    person: str
    kind: CommandKind
    key: str
    reason: str = ""
    until: datetime | None = None
    mode: str = ""


async def steer_all(database: Database, runs: Runs, asked: RunsOfPerson) -> int:
    """Asks the same of all open runs of a person.

    Args:
        database: Postgres.
        runs: Temporal.
        asked: what.

    Returns:
        How many runs changed. One that has ended meanwhile counts for nothing.

    Raises:
        NotFoundError: there is no such person.
        UnavailableError: Temporal does not answer; runs that were reached have changed, and asking again does the rest.
    """
    async with database.transaction() as connection:
        if await queries.person_row(connection, id=asked.person) is None:
            raise NotFoundError(f"no person has the id {asked.person}")
        found = await page(connection, listings.ENROLLMENTS, {"person": asked.person, "state": _OPEN}, limit=_MOST)
    changed = 0
    for row in found.rows:
        mode = asked.until.isoformat() if asked.until is not None else asked.mode
        command = Command(f"{asked.kind}:{asked.key}:{row.id}", asked.kind, asked.reason, mode)
        try:
            changed += (await steer(database, runs, row.id, command)).changed
        except RefusedError:
            # It ended, or is so already.
            continue
    return changed


async def suppress_person(connection: Connection, person: str, channel: str, user_id: str, now: datetime) -> bool:
    """Nobody contacts the person on a channel any more; False: that was so already.

    Args:
        connection: in a transaction.
        person: id.
        channel: a name of ``sequences.channels``, or ``all``.
        user_id: who decided it.
        now: UTC.
    """
    return await suppress(connection, NewSuppression(channel, BY_HAND, f"user:{user_id}", now, person=person))
