"""The list of sequences: each by its newest version, filtered and sorted as the address says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

from adapters.postgres import queries
from sequences.statistics.outcomes import By
from services.console.looking import looking
from services.reading.statistics import StatisticsRequest, statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection, Database
    from services.reading.statistics import StatisticsRow

PAGE: Final = 50
SOON: Final = timedelta(days=14)
"""So far ahead the next step of each sequence is looked for."""

State = Literal["all", "running", "paused", "older", "archived"]
"""``older``: with runs on an older version. What is archived is in none of the others."""
Sort = Literal["name", "-name", "published", "-published", "in_it", "-in_it"]
STATES: Final[tuple[str, ...]] = get_args(State)
SORTS: Final[tuple[str, ...]] = get_args(Sort)


@dataclass(frozen=True)
class SequencesView:
    """What is asked for.

    Attributes:
        words: in the name; empty: any.
        state: which.
        owner: id of an owner whose sequences they are; empty: anybody's.
        sort: by what; with ``-`` downwards.
        after: the sequence that the page before ended with; empty: the first page.
    """

    words: str = ""
    state: str = "all"
    sort: str = "name"
    after: str = ""
    owner: str = ""


@dataclass(frozen=True)
class SequenceSummary:
    """One sequence.

    Attributes:
        owner_id: of its assigned-by user, who stands in where a person has no owner; None: it has none.
        owner_name: None: unknown to the CRM, or without a name.
        open_runs: of all versions.
        older_runs: of them, those on an older version.
        rules_on: people enter it by rule.
        hold_reason: it is paused; None: it is not.
    """

    sequence: str
    name: str
    record: str
    version: int
    published_at: datetime
    steps: int
    open_runs: int
    older_runs: int
    rules_on: bool
    hold_reason: str | None
    held_since: datetime | None
    archived_at: datetime | None = None
    owner_id: str | None = None
    owner_name: str | None = None


@dataclass(frozen=True)
class SequenceSummaries:
    """One page.

    Attributes:
        total: of all pages.
        owners: id and name of each owner of a sequence, whatever else is asked for, by name.
        next: ``after`` of the next page; None: this is the last.
    """

    lines: tuple[SequenceSummary, ...]
    total: int
    next: str | None
    owners: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SequenceNumbers:
    """What became of the people of each sequence, by name of the sequence.

    Attributes:
        next_due: when its next step is due.
        last_sent: when its last message was sent.
    """

    people: Mapping[str, StatisticsRow]
    next_due: Mapping[str, datetime]
    last_sent: Mapping[str, datetime]


async def sequence_summaries(connection: Connection, asked: SequencesView) -> SequenceSummaries:
    """A page of sequences.

    An organisation has hundreds, so all of them are read and sorted here: by name and by numbers alike.
    """
    rows = await queries.console_sequence_lines(connection)
    found = [
        SequenceSummary(
            sequence=row.sequence,
            name=row.name,
            record=row.record,
            version=row.version,
            published_at=row.published_at,
            steps=row.steps,
            open_runs=row.open_runs,
            older_runs=row.older_runs,
            rules_on=row.rules_on,
            hold_reason=row.hold_reason,
            held_since=row.held_since,
            archived_at=row.archived_at,
            owner_id=row.owner_id,
            owner_name=row.owner_name,
        )
        for row in rows
    ]
    lines = _sorted([line for line in found if _is_asked(line, asked)], asked.sort)
    names = [line.sequence for line in lines]
    start = names.index(asked.after) + 1 if asked.after in names else 0
    page = tuple(lines[start : start + PAGE])
    owners = {line.owner_id: line.owner_name or line.owner_id for line in found if line.owner_id is not None}
    by_name = tuple(sorted(owners.items(), key=lambda each: (each[1].casefold(), each[0])))
    return SequenceSummaries(page, len(lines), page[-1].sequence if start + PAGE < len(lines) else None, by_name)


@dataclass(frozen=True)
class NewDraft:
    """A draft of a sequence that was never published; ``by`` is the name of who changed it last."""

    sequence: str
    changed_at: datetime
    by: str | None


async def new_drafts(connection: Connection) -> tuple[NewDraft, ...]:
    """Drafts of sequences that were never published, the last changed first; a page of them at the most."""
    rows = await queries.console_new_drafts(connection, limit=PAGE)
    return tuple(NewDraft(row.sequence, row.changed_at, row.changed_by) for row in rows)


async def sequence_names(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Every published sequence and what people call it, by that name."""
    rows = await queries.console_sequence_names(connection)
    return tuple((row.sequence, row.name) for row in rows)


async def sequence_numbers(database: Database, now: datetime) -> SequenceNumbers:
    """The numbers of all sequences. They take longer than the list: a page asks for them after it.

    Raises:
        UnavailableError: counting took too long.
    """
    counted = await statistics(database, StatisticsRequest(By.SEQUENCE), looking)
    async with looking(database) as connection:
        due = await queries.console_next_sends(connection, until=now + SOON)
        sent = await queries.console_last_sends(connection)
    return SequenceNumbers(
        {row.sequence: row for row in counted.rows},
        {row.sequence: row.due_at for row in due},
        {row.sequence: row.last_sent_at for row in sent},
    )


def _is_asked(line: SequenceSummary, asked: SequencesView) -> bool:
    if asked.words.casefold() not in f"{line.name} {line.sequence}".casefold():
        return False
    if (line.archived_at is not None) != (asked.state == "archived"):
        return False
    if asked.owner and line.owner_id != asked.owner:
        return False
    match asked.state:
        case "running":
            return line.hold_reason is None
        case "paused":
            return line.hold_reason is not None
        case "older":
            return line.older_runs > 0
        case _:
            return True


def _sorted(lines: list[SequenceSummary], sort: str) -> list[SequenceSummary]:
    by_name = sorted(lines, key=lambda line: (line.name.casefold(), line.sequence))
    match sort.removeprefix("-"):
        case "published":
            by_name.sort(key=lambda line: line.published_at, reverse=sort.startswith("-"))
        case "in_it":
            by_name.sort(key=lambda line: line.open_runs, reverse=sort.startswith("-"))
        case _ if sort.startswith("-"):
            by_name.reverse()
    return by_name
