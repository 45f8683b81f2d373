"""When each step of a draft would go to some people, and what it says: as planned now, without playing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.console.editor import EditorAsked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.console.editor import Editor, EditorPage
    from services.drafts.written_for import WrittenFor


@dataclass(frozen=True)
class DatedStep:
    """One step for one person.

    Attributes:
        kind: its channel, or ``task`` or ``do``.
        at: UTC; None: it would not go, or its time is not known yet.
        timezone: of the person.
        moved_by: the rules of time that moved it.
        skipped: why it has no time; empty: it has.
        subject: of a mail; empty: it has none.
        trouble: why its message cannot be written for this person; empty: it can.
    """

    step: str
    kind: str
    at: datetime | None
    timezone: str
    moved_by: tuple[str, ...]
    skipped: str
    subject: str
    trouble: str


@dataclass(frozen=True)
class DatesOf:
    """One person.

    Attributes:
        record: the placement, in a sequence about placements.
    """

    person_id: str
    name: str | None
    record: str | None
    steps: tuple[DatedStep, ...]


@dataclass(frozen=True)
class DraftDates:
    """Some people.

    Attributes:
        sequence: its id.
        name: what people call it.
        hidden: how many of them the viewer does not see.
    """

    sequence: str
    name: str
    people: tuple[DatesOf, ...]
    hidden: int


async def draft_dates(
    connection: Connection, editor: Editor, viewer: Viewer, asked: tuple[str, Sequence[str]], now: datetime
) -> DraftDates:
    """The dates of a sequence for some people.

    Args:
        connection: of ``looking``.
        editor: reads drafts.
        viewer: who looks.
        asked: the sequence, and the ids of the people.
        now: UTC; the instant of enrollment.

    Raises:
        NotFoundError: there is no such sequence or person.
    """
    sequence, people = asked
    pages = [await editor.page(connection, viewer, EditorAsked(sequence, person), now) for person in people]
    seen = [DatesOf(*_head(page.whom), tuple(_steps(page, page.whom))) for page in pages if page.whom is not None]
    name = pages[0].name if pages else sequence
    return DraftDates(sequence, name, tuple(seen), len(pages) - len(seen))


def _head(whom: WrittenFor) -> tuple[str, str | None, str | None]:
    return whom.recipient.person, whom.name, whom.recipient.record


def _steps(page: EditorPage, whom: WrittenFor) -> Iterator[DatedStep]:
    for card in page.steps:
        plan, message = whom.plans.get(card.id), whom.messages.get(card.id)
        yield DatedStep(
            step=card.id,
            kind=card.kind,
            at=plan.due_at if plan else None,
            timezone=plan.timezone if plan else "",
            moved_by=plan.moved_by if plan else (),
            skipped=(plan.skipped or "") if plan else "",
            subject=message.headers.get("Subject", "") if message else "",
            trouble=whom.problems.get(card.id, ""),
        )
