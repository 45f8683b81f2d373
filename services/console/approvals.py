"""Batches that await approval: who, why, and the first message as some of them would get it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.auto_enroll.conditions import Condition, conditions
from sequences.channels import is_channel
from sequences.errors import NotFoundError, RelanceError
from services.publishing.write_alone import Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version, Versions
    from services.publishing.render import Rendered, Rendering

BATCHES: Final = 100
PEOPLE: Final = 50
SHOWN: Final = 3
"""Of a batch, so many first messages are rendered."""


@dataclass(frozen=True)
class Batch:
    """A batch that awaits approval.

    Attributes:
        origin: ``change | scan | existing``: what made the rule look.
        records: how many wait in it.
        names: of the first five.
    """

    id: str
    sequence: str
    name: str
    version: int
    origin: str
    since: datetime
    records: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class BatchPerson:
    """One record of a batch; ``record_id`` is the person's, or a placement's."""

    record_id: str
    person_id: str
    name: str | None
    work: str | None
    owner_id: str | None
    owner_name: str | None
    since: datetime


@dataclass(frozen=True)
class FirstMessage:
    """The first message as one of them would get it.

    Attributes:
        message: None: it cannot be written now.
        problem: why not.
    """

    name: str | None
    person_id: str
    message: Rendered | None
    problem: str = ""


@dataclass(frozen=True)
class BatchPage:
    """One batch with a page of its people.

    Attributes:
        why: the conditions of the rule.
        messages: the first message for the first of them, on the first page.
        next: cursor of more people.
    """

    batch: Batch
    why: tuple[Condition, ...]
    people: tuple[BatchPerson, ...]
    messages: tuple[FirstMessage, ...]
    next: str | None


async def waiting_batches(
    connection: Connection, identity: str | None = None, *, sequence: str | None = None
) -> tuple[Batch, ...]:
    """Batches that await approval, the oldest first: all, those of a sequence, or the one of that id."""
    rows = await queries.console_batches(connection, id=identity, sequence=sequence, limit=BATCHES)
    return tuple(
        Batch(row.id, row.sequence, row.name, row.version, row.origin, row.created_at, row.records, tuple(row.names))
        for row in rows
    )


@dataclass(frozen=True)
class BatchAsked:
    """Which batch, and which of its people.

    Attributes:
        id: of the batch.
        cursor: of the page before.
    """

    id: str
    cursor: str = ""


async def batch_page(
    connection: Connection, versions: Versions, rendering: Rendering, asked: BatchAsked, now: datetime
) -> BatchPage:
    """One batch.

    Args:
        connection: of ``looking``.
        versions: of sequences.
        rendering: writes the messages with the code that sends.
        asked: which.
        now: UTC.

    Raises:
        NotFoundError: nothing of that id awaits approval.
        CursorError: the cursor belongs to another batch.
    """
    batch = next(iter(await waiting_batches(connection, asked.id)), None)
    if batch is None:
        raise NotFoundError("this batch awaits no approval any more")
    version = await versions.get(connection, batch.sequence, batch.version)
    found = await page(
        connection, listings.BATCH_PEOPLE, {"batch": asked.id}, cursor=asked.cursor or None, limit=PEOPLE
    )
    people = tuple(_person(row) for row in found.rows)
    rules = version.definition.auto_enroll
    messages = await _messages(connection, rendering, version, people[:SHOWN], now) if not asked.cursor else ()
    return BatchPage(batch, tuple(conditions(rules)) if rules else (), people, tuple(messages), found.next)


async def _messages(
    connection: Connection, rendering: Rendering, version: Version, people: Sequence[BatchPerson], now: datetime
) -> list[FirstMessage]:
    step = next((each for each in version.definition.steps if is_channel(each.channel)), None)
    messages = []
    for each in people if step is not None else ():
        assert step is not None
        record = each.record_id if version.definition.record == "placement" else None
        try:
            message = await rendering.step(connection, version, step.id, Recipient(each.person_id, record), now)
            messages.append(FirstMessage(each.name, each.person_id, message))
        except RelanceError as error:
            messages.append(FirstMessage(each.name, each.person_id, None, str(error)))
    return messages


def _person(row: queries.ListedBatchPeopleRow) -> BatchPerson:
    return BatchPerson(
        record_id=row.record_id,
        person_id=row.person_id,
        name=row.person_name,
        work=" at ".join(part for part in (row.job_title, row.company) if part) or None,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        since=row.at,
    )
