"""What Postgres says of each statement that a screen asks: a file for each screen, the slowest statement first."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

from adapters.postgres.database import Database
from sequences.errors import UnavailableError
from services.console.looking import looking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from benchmarks.console_screens import Screen

_TURNS = 3
_SHOWN = re.compile(r"\s*(--[^\n]*\n\s*)*(SELECT|WITH)\b", re.IGNORECASE)
_SETS = "set_config("


@dataclass(frozen=True)
class Plans:
    """Keeps plans.

    Attributes:
        database: with one connection, which notes what it is asked.
        asked: what was asked, with its arguments.
        folder: of the files.
    """

    database: Database
    asked: list[Any]
    folder: Path

    @classmethod
    @asynccontextmanager
    async def kept(cls, url: str, folder: Path) -> AsyncIterator[Plans]:
        """With a connection of its own, in a folder that exists."""
        database = await Database.connect(url, max_size=1)
        try:
            asked: list[Any] = []
            async with database.pool.acquire() as connection:
                connection.add_query_logger(asked.append)
            yield cls(database, asked, folder)
        finally:
            await database.close()

    async def keep(self, screen: Screen) -> None:
        """Asks for the screen a few times, and writes the plan of each statement that reads."""
        self.asked.clear()
        for turn in range(_TURNS):
            with suppress(UnavailableError):
                await screen.ask(self.database, turn)
        asked = [each for each in self.asked if _SHOWN.match(each.query) and _SETS not in each.query]
        found = []
        async with looking(self.database) as connection:
            for each in asked:
                # What writes has no plan here, nor what takes too long for a page.
                with suppress(asyncpg.ReadOnlySQLTransactionError, asyncpg.QueryCanceledError):
                    async with connection.transaction():
                        rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {each.query}", *each.args)
                        plan = "\n".join(row[0] for row in rows)
                        took = float(re.findall(r"Execution Time: ([\d.]+)", plan)[-1])
                        found.append((took, f"{each.query}\n-- {each.args}\n{plan}\n"))
        name = re.sub(r"[^a-z0-9]+", "-", screen.name.lower()).strip("-")
        text = "\n".join(text for _, text in sorted(found, key=lambda one: -one[0]))
        (self.folder / f"{name}.txt").write_text(text)
