"""A rehearsal from beginning to end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.clock import utc_now
from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from sequences.channels import EMAIL
from starter.process import set_by_signals
from starter.rehearsal.engine import open_engine
from starter.rehearsal.people import copy_of, players, put_copy
from starter.rehearsal.play import Part, Play
from starter.rehearsal.result import Rehearsal, played

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.postgres.versions import Version
    from adapters.settings import Settings
    from sequences.reactions.sentiment import Label
    from starter.rehearsal.people import Player, WantedRecords


@dataclass(frozen=True)
class RehearsalOrder:
    """What is rehearsed.

    Attributes:
        version: of a file; None: the newest that is published.
        replies: how everybody answers a day after their first message; None: nobody does.
    """

    sequence: str
    version: Version | None
    wanted: WantedRecords
    weeks: int
    replies: Label | None = None


@dataclass(frozen=True)
class RehearsalProgress:
    """Who watches.

    Attributes:
        say: is told what starts.
        begins: is told how many will be played.
        over: is told of each that is through.
    """

    say: Callable[[str], None] = lambda _: None
    begins: Callable[[int], None] = lambda _: None
    over: Callable[[], None] = lambda: None


async def rehearse(settings: Settings, order: RehearsalOrder, watching: RehearsalProgress | None = None) -> Rehearsal:
    """Plays a sequence for some people. The database of the settings is only read, for a moment at the beginning.

    Raises:
        NotFoundError: no such sequence or person.
        RefusedError: there is nobody to play.
        UnavailableError: a server does not answer, or does not start.
    """
    watching = watching or RehearsalProgress()
    version, chosen, copied = await _read(settings, order)
    async with open_engine(settings, order.replies, watching.say) as engine:
        services = engine.services
        async with services.database.transaction() as connection:
            await put_copy(connection, copied)
            began = utc_now()
            await services.versions.publish(connection, version.definition, dict(version.templates), began)
        until = began + timedelta(weeks=order.weeks)
        play = Play(engine, until, order.replies)
        watching.begins(len(chosen))
        parts: list[Part] = []
        for each in chosen:
            parts.append(await play.enter(order.sequence, each))
            if not parts[-1].open:
                watching.over()
        await play.play(parts, watching.over)
        async with services.database.transaction() as connection:
            runs = tuple([await played(connection, part) for part in parts])
        outside = engine.outside
        mails = sum(step.channel == EMAIL.name and step.state == "sent" for run in runs for step in run.steps)
        return Rehearsal(
            sequence=order.sequence,
            version=version.version or None,
            began=began,
            until=until,
            runs=runs,
            mails=mails,
            mails_to_owners=outside.mails - mails,
            texts=outside.texts,
            webhooks=tuple(outside.posts),
        )


async def rehearse_until_asked(
    settings: Settings, order: RehearsalOrder, watching: RehearsalProgress | None = None
) -> Rehearsal | None:
    """``rehearse``; None: SIGTERM or SIGINT asked for the end, and all that had started has ended by then."""
    asked = asyncio.Event()
    with set_by_signals(asked):
        playing = asyncio.create_task(rehearse(settings, order, watching))
        asking = asyncio.create_task(asked.wait())
        await asyncio.wait({playing, asking}, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        if playing.done():
            return playing.result()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return None


async def _read(settings: Settings, order: RehearsalOrder) -> tuple[Version, list[Player], Any]:
    """The version, the players and the copy, as they are at one moment."""
    database = await Database.connect(settings.database_url, max_size=2)
    try:
        async with (
            database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            version = order.version or await Versions().get(connection, order.sequence)
            chosen = await players(connection, settings, version, order.wanted, utc_now())
            return version, chosen, await copy_of(connection, chosen)
    finally:
        await database.close()
