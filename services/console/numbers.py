"""The numbers of one sequence: by step, wording, owner or week; and those of all sequences beside each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.versions import Versions
from sequences.statistics.outcomes import By
from services.console.looking import looking
from services.reading.run_outcomes import write_all_marked
from services.reading.statistics import StatisticsRequest, statistics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.console.sequence import SequenceHead
    from services.reading.statistics import StatisticsRow

OWNERS: Final = 1_000
OWNERS_AT_ONCE: Final = 20
"""Of all sequences so many owners are counted for a page: there is a line for each in each sequence."""
_LOOK_BACK: Final = 6
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
        chosen: somebody chose the version; else it is the newest.
    """

    sequence: str
    by: By
    version: int
    since: datetime | None = None
    owner: str = ""
    chosen: bool = False


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
    def entered(self) -> int:
        """How many people have entered, of those who were asked for."""
        return self.whole.people["entered"] if self.whole is not None else 0

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
        next: by owner: after whom the following page begins; None: this is the last.
    """

    by: By
    lines: tuple[StatisticsRow, ...]
    names: Mapping[str, str]
    owner_names: Mapping[str, str]
    rules: tuple[str, ...]
    next: str | None = None


async def numbers_of_entered(database: Database, asked: NumbersAsked, head: SequenceHead) -> Numbers:
    """The numbers that are shown first: of the newest version that somebody has entered.

    Just after a new version is published nobody has entered it, and the page would say nothing of all who are in it.

    Raises:
        NotFoundError: as of ``numbers_of``.
    """
    newest = await numbers_of(database, asked)
    if newest.version is None or newest.entered or asked.chosen or asked.since is not None or asked.owner:
        return newest
    for before in head.versions[1:_LOOK_BACK]:
        found = await numbers_of(database, replace(asked, version=before.version))
        if found.entered:
            return found
    return newest


async def numbers_of(database: Database, asked: NumbersAsked) -> Numbers:
    """The numbers of ``relance stats`` of one sequence.

    Raises:
        NotFoundError: there is no such sequence, or no such version of it.
    """
    version = asked.version if asked.by in OF_VERSION else None
    of = StatisticsRequest(asked.by, asked.sequence, version, asked.since, asked.owner or None)
    counted = await statistics(database, of, looking)
    if version is not None:
        rows = [row for row in counted.rows if row.version == version]
        whole = next((row for row in rows if row.step is None), None)
        lines = tuple(row for row in rows if row.step is not None)
    else:
        lines = counted.rows
        one = StatisticsRequest(By.SEQUENCE, asked.sequence, None, asked.since, asked.owner or None)
        whole = next(iter((await statistics(database, one, looking)).rows), None)
    return Numbers(
        by=asked.by,
        version=version,
        whole=whole,
        lines=lines,
        choosable=await _choosable(database, asked.sequence),
        owner_names=dict(await owner_choices(database)),
        rules=counted.rules,
    )


async def all_numbers(database: Database, by: By, since: datetime | None, after: str = "") -> AllNumbers:
    """The numbers of all sequences, those first that most people entered; by owner a page of owners, by name.

    Args:
        database: Postgres.
        by: ``SEQUENCE | OWNER``.
        since: people who entered then or later; None: all.
        after: by owner: ``next`` of the page before.
    """
    await write_all_marked(database)
    async with looking(database) as connection:
        names = {row.sequence: row.name for row in await queries.console_sequence_names(connection)}
        owners = await queries.outcome_owners(connection) if by is By.OWNER else []
    owners.sort(key=lambda row: (row.owner_id is None, row.name.casefold(), row.owner_id or ""))
    begins = next((place + 1 for place, row in enumerate(owners) if row.owner_id == after), 0)
    shown = owners[begins : begins + OWNERS_AT_ONCE]
    more = len(owners) > begins + OWNERS_AT_ONCE
    among = tuple(row.owner_id for row in shown) if by is By.OWNER else None
    counted = await statistics(database, StatisticsRequest(by, since=since, owners=among), looking)
    places = {row.owner_id: place for place, row in enumerate(shown)}
    lines = sorted(counted.rows, key=lambda row: (places.get(row.owner, 0), -row.people["entered"], row.sequence))
    return AllNumbers(
        by=by,
        lines=tuple(lines),
        names=names,
        owner_names={row.owner_id: row.name for row in shown if row.owner_id is not None},
        rules=counted.rules,
        next=shown[-1].owner_id if more else None,
    )


async def owner_choices(database: Database) -> tuple[tuple[str, str], ...]:
    """Id and name of each owner, by name."""
    async with looking(database) as connection:
        return tuple((row.id, row.name) for row in await queries.console_owners(connection, limit=OWNERS))


async def _choosable(database: Database, sequence: str) -> frozenset[str]:
    async with looking(database) as connection:
        newest = (await Versions().get(connection, sequence)).definition
    return frozenset(step.id for step in newest.steps if step.variants is not None)
