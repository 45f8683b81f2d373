"""Statistics: what became of the people in sequences, as ``relance stats`` and ``GET /stats`` show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import Versions, not_published
from sequences.errors import NotFoundError
from sequences.planning.values import Channel
from sequences.statistics.measures import DEFINITIONS, RULES
from sequences.statistics.outcomes import By, count
from sequences.statistics.wilson import Rate
from services.reading.run_outcomes import write_all_marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.statistics.outcomes import Counted, Outcome

    Reading = Callable[[Database], AbstractAsyncContextManager[Connection]]
    """A transaction for reading."""


@dataclass(frozen=True)
class StatisticsRequest:
    """What is asked for; None is any.

    Attributes:
        by: what the rows are.
        sequence: name.
        version: of the sequence.
        since: UTC; people who entered then or later.
        owner: id, of the owner at entry.
        owners: several of them instead; None among them: people without one.
    """

    by: By
    sequence: str | None = None
    version: int | None = None
    since: datetime | None = None
    owner: str | None = None
    owners: tuple[str | None, ...] | None = None


@dataclass(frozen=True)
class StatisticsRow:
    """One row. Its fields in this order are the JSON of ``relance stats``.

    Attributes:
        version: None: all versions.
        step: None: the sequence as a whole.
        variant: None: all of them.
        owner: None: all owners; by owner: people without one.
        week: its Monday; None: all time.
        people: by measure.
        rates: of the measures that are shares; None where there is nobody to take a share of.
    """

    sequence: str
    version: int | None
    step: str | None
    variant: str | None
    owner: str | None
    week: date | None
    people: Mapping[str, int]
    rates: Mapping[str, Rate | None]

    @classmethod
    def of(cls, counted: Counted) -> StatisticsRow:
        """The row of a count."""
        place = counted.place
        return cls(
            sequence=place.sequence,
            version=place.version,
            step=place.step or None,
            variant=place.variant or None,
            owner=place.owner,
            week=place.week,
            people={measure.value: number for measure, number in counted.people.items()},
            rates={measure.value: each for measure, each in counted.rates().items()},
        )


@dataclass(frozen=True)
class Statistics:
    """The answer. Its fields in this order are the JSON of ``relance stats``.

    Attributes:
        by: what the rows are.
        rows: none: nobody has entered yet.
        definitions: of each measure, in words.
        rules: what holds for all of them.
    """

    by: By
    rows: tuple[StatisticsRow, ...]
    definitions: Mapping[str, str]
    rules: tuple[str, ...]


async def statistics(database: Database, asked: StatisticsRequest, reading: Reading | None = None) -> Statistics:
    """Counts everything that was committed before the call.

    Args:
        database: Postgres.
        asked: what is counted.
        reading: how it reads; None: in a transaction of its own, for as long as it takes.

    Raises:
        NotFoundError: the sequence, or this version of it, was never published.
    """
    read = reading if reading is not None else _transaction
    async with read(database) as connection:
        await _must_be_published(connection, asked)
    await write_all_marked(database)
    async with read(database) as connection:
        await queries.plan_for_many_rows(connection)
        outcomes = await _outcomes(connection, asked)
        counted = count(outcomes, asked.by, await _steps(connection, outcomes, asked.by), asked.version)
    rows = (StatisticsRow.of(one) for one in counted if asked.version in (None, one.place.version))
    definitions = {measure.value: meaning.words for measure, meaning in DEFINITIONS.items()}
    return Statistics(asked.by, tuple(rows), definitions, RULES)


def _transaction(database: Database) -> AbstractAsyncContextManager[Connection]:
    return database.transaction()


async def _outcomes(connection: Connection, asked: StatisticsRequest) -> Sequence[Outcome]:
    """What is counted: of whole sequences for all time it is added up already."""
    if asked == StatisticsRequest(By.SEQUENCE, asked.sequence):
        return await queries.sequence_outcomes(connection, sequence=asked.sequence)
    owners = asked.owners if asked.owner is None else (asked.owner,)
    return await queries.run_outcomes(
        connection,
        sequence=asked.sequence,
        version=asked.version,
        owners=None if owners is None else [each for each in owners if each is not None],
        unowned=owners is not None and None in owners,
        since=asked.since,
        by_owner=asked.by is By.OWNER,
        by_week=asked.by is By.WEEK,
    )


async def _must_be_published(connection: Connection, asked: StatisticsRequest) -> None:
    if asked.sequence is None:
        return
    number = await queries.newest_number(connection, sequence=asked.sequence)
    if number is None or (asked.version or number) > number:
        raise NotFoundError(await not_published(connection, asked.sequence, asked.version))


async def _steps(connection: Connection, outcomes: Sequence[Outcome], by: By) -> dict[tuple[str, int], tuple[str, ...]]:
    """The steps that send, of every version that somebody was on."""
    if by not in (By.STEP, By.VARIANT):
        return {}
    versions = Versions()
    numbers = {(row.sequence, each) for row in outcomes for each in (*row.earlier_versions, row.version)}
    found = {}
    for sequence, number in sorted(numbers):
        definition = (await versions.get(connection, sequence, number)).definition
        found[sequence, number] = tuple(step.id for step in definition.steps if step.channel != Channel.ACTION)
    return found
