"""The numbers of one sequence: by step, wording, owner or week; and those of all sequences beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.versions import Versions
from sequences.statistics.outcomes import By
from services.console.looking import looking
from services.reading.statistics import StatisticsRequest, statistics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.reading.statistics import StatisticsRow

OWNERS: Final = 1_000
OF_VERSION: Final = frozenset({By.STEP, By.VARIANT})
"""Rows of one version; the others are of all versions together."""


@dataclass(frozen=True)
class NumbersAsked:
    """What is asked for.

    Attributes:
        by: what the lines are: ``STEP | VARIANT | OWNER | WEEK``.
        version: of which, for steps and wordings; the others count all versions.
        since: people who entered then or later; None: all.
        owner: id, of the owner at entry; empty: all.
    """

    sequence: str
    by: By
    version: int
    since: datetime | None = None
    owner: str = ""


@dataclass(frozen=True)
class Numbers:
    """What became of the people of a sequence.

    Attributes:
        version: that is counted; None: all of them.
        whole: None: nobody has entered.
        lines: in order; of owners and weeks there is no whole, so it is counted by itself.
        choosable: steps of which the newest version has several wordings.
        owner_names: by id.
        rules: what holds for all numbers.
    """

    by: By
    version: int | None
    whole: StatisticsRow | None
    lines: tuple[StatisticsRow, ...]
    choosable: frozenset[str]
    owner_names: Mapping[str, str]
    rules: tuple[str, ...]

    @property
    def most_in_a_week(self) -> int:
        """The tallest column of the weeks."""
        return max((line.people["entered"] for line in self.lines), default=0)


@dataclass(frozen=True)
class AllNumbers:
    """The numbers of all sequences; by owner a line for each owner in each.

    Attributes:
        names: of sequences, by id.
        owner_names: by id.
    """

    by: By
    lines: tuple[StatisticsRow, ...]
    names: Mapping[str, str]
    owner_names: Mapping[str, str]
    rules: tuple[str, ...]


async def numbers_of(database: Database, asked: NumbersAsked) -> Numbers:
    """The numbers of ``relance stats`` of one sequence.

    Raises:
        NotFoundError: there is no such sequence, or no such version of it.
    """
    version = asked.version if asked.by in OF_VERSION else None
    of = StatisticsRequest(asked.by, asked.sequence, version, asked.since, asked.owner or None)
    counted = await statistics(database, of)
    if version is not None:
        rows = [row for row in counted.rows if row.version == version]
        whole = next((row for row in rows if row.step is None), None)
        lines = tuple(row for row in rows if row.step is not None)
    else:
        lines = counted.rows
        one = StatisticsRequest(By.SEQUENCE, asked.sequence, None, asked.since, asked.owner or None)
        whole = next(iter((await statistics(database, one)).rows), None)
    return Numbers(
        by=asked.by,
        version=version,
        whole=whole,
        lines=lines,
        choosable=await _choosable(database, asked.sequence),
        owner_names=dict(await owner_choices(database)),
        rules=counted.rules,
    )


async def all_numbers(database: Database, by: By, since: datetime | None) -> AllNumbers:
    """The numbers of all sequences, those first that most people entered.

    Args:
        database: Postgres.
        by: ``SEQUENCE | OWNER``.
        since: people who entered then or later; None: all.
    """
    counted = await statistics(database, StatisticsRequest(by, since=since))
    async with looking(database) as connection:
        names = {row.sequence: row.name for row in await queries.console_sequence_names(connection)}
    owners = dict(await owner_choices(database))
    lines = sorted(counted.rows, key=lambda row: (-row.people["entered"], row.sequence, row.owner or ""))
    if by is By.OWNER:
        lines.sort(key=lambda row: (row.owner is None, owners.get(row.owner or "", row.owner or "").casefold()))
    return AllNumbers(by, tuple(lines), names, owners, counted.rules)


async def owner_choices(database: Database) -> tuple[tuple[str, str], ...]:
    """Id and name of each owner, by name."""
    async with looking(database) as connection:
        return tuple((row.id, row.name) for row in await queries.console_owners(connection, limit=OWNERS))


async def _choosable(database: Database, sequence: str) -> frozenset[str]:
    async with looking(database) as connection:
        newest = (await Versions().get(connection, sequence)).definition
    return frozenset(step.id for step in newest.steps if step.variants is not None)
