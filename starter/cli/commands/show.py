"""``relance show``: the story of a run."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.steering import Enrollment

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from services.reading.run_story import Timeline

_ASK_SECONDS = 2.0


def show(enrollment: Enrollment, as_json: Json = False) -> None:
    """Show the story of an enrollment, with reasons.

    What is planned, what was sent, reactions, follow-ups and pauses.
    """
    story = run(_story(enrollment))
    if as_json:
        output.print_json(story)
        return
    from starter.cli.show_table import show_story

    show_story(story)


async def _story(given: str) -> Timeline:
    from services.reading.id_prefix import find
    from services.reading.run_story import timeline

    async with open_database() as database:
        async with database.transaction() as connection:
            enrollment = await find(connection, IdKind.ENROLLMENT, given)
            story = await timeline(connection, enrollment)
        if story.ended_at is not None or story.state == "starting" or not await _looked(database, enrollment):
            return story
        async with database.transaction() as connection:
            return await timeline(connection, enrollment)


async def _looked(database: Database, enrollment: str) -> bool:
    """Asks Temporal whether the run is there; False when it does not answer at once: the story is told without it."""
    import asyncio

    from sequences.errors import UnavailableError
    from services.operations.command_run import look
    from starter.composition import open_runs

    try:
        async with asyncio.timeout(_ASK_SECONDS):
            runs = await open_runs()
    except (UnavailableError, TimeoutError):
        return False
    await look(database, runs, enrollment)
    return True
