"""A rehearsal in a process of its own, which a job starts: ``python -m starter.rehearsal.child``.

The order comes as JSON on standard input; each line of standard output is an object: ``total``, ``over``, and at last
``result`` or ``problem``. SIGTERM ends it, with all that it has started.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from adapters.settings import load_settings
from sequences.errors import RefusedError, RelanceError, RequestRefused, UnavailableError
from sequences.reactions.sentiment import Label
from services.drafts.check_draft import check_draft
from services.drafts.draft import find_draft
from starter.cli.output import plain
from starter.logs import set_up_logs
from starter.rehearsal.people import WantedRecords
from starter.rehearsal.run import RehearsalOrder, RehearsalProgress, rehearse_until_asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.versions import Version
    from adapters.settings import Settings

_NICE: Final = 10
"""Whoever serves goes first."""


def main() -> None:
    """Reads an order, plays it and says what came of it."""
    os.nice(_NICE)
    try:
        settings = load_settings()
        set_up_logs("ERROR")
        done = asyncio.run(_play(settings, json.load(sys.stdin)))
        if done is not None:
            _tell(result=done)
    except RelanceError as error:
        _tell(problem=str(error), again=isinstance(error, UnavailableError))
    sys.stdout.flush()
    # The threads of Temporal's client may call back into an interpreter that ends.
    os._exit(0)


async def _play(settings: Settings, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    version = await _draft(settings, asked["sequence"]) if asked["draft"] else None
    replies = None if asked["replies"] == "none" else Label(asked["replies"])
    wanted = WantedRecords(asked["people"], tuple(asked["records"]))
    order = RehearsalOrder(asked["sequence"], version, wanted, asked["weeks"], replies)
    watching = RehearsalProgress(begins=lambda number: _tell(total=number), over=lambda: _tell(over=1))
    done = await rehearse_until_asked(settings, order, watching)
    if done is None:
        return None
    found: dict[str, Any] = plain(done)
    # Who reads it knows names, and which of them may be shown.
    for run in found["runs"]:
        del run["name"]
    return found


async def _draft(settings: Settings, sequence: str) -> Version:
    """What is written of the sequence now.

    Raises:
        RefusedError: it has errors.
    """
    database = await Database.connect(settings.database_url, max_size=1)
    try:
        async with database.transaction() as connection:
            draft = await find_draft(connection, Versions(), sequence)
            checked = await check_draft(connection, draft, settings.custom())
    finally:
        await database.close()
    if not checked.good or checked.version is None:
        raise RefusedError(RequestRefused.INVALID, f"the draft of {sequence} has errors; the editor shows them")
    return checked.version


def _tell(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
