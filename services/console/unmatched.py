"""Mail and texts that match no run: who wrote, about what, and whose run it may belong to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import one, page
from sequences.access.act import Act
from sequences.access.authorize import PersonOf, may
from sequences.errors import NotFoundError
from sequences.inbound.mime.body import take_apart
from sequences.inbound.noted import noted
from services.console.people import PeopleWanted, people

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50
RUNS: Final = 5
"""Of each person that is found, so many runs are offered."""
_PEOPLE: Final = 10


@dataclass(frozen=True)
class Unmatched:
    """Something that came in and belongs to no run.

    Attributes:
        event: how it was classified.
        subject: None: it has none.
        text: the words; empty if the viewer may not read messages.
        masked: the words are left out.
        noted: what the reader of the mail found, fixed words.
        waits: nobody has decided yet; False: it was set aside, or belongs to a run by now.
        set_aside_at: None: it was not.
    """

    id: str
    channel: str
    received_at: datetime
    event: str
    sender: str | None
    subject: str | None
    text: str
    masked: bool
    noted: tuple[str, ...]
    waits: bool
    set_aside_at: datetime | None
    set_aside_by: str | None

    @property
    def is_meeting(self) -> bool:
        """A calendar told it, in words of ours."""
        return self.event.startswith("meeting_")


@dataclass(frozen=True)
class UnmatchedView:
    """What is asked for; all of it is in the address of the page.

    Attributes:
        set_aside: what was set aside, else what waits.
        cursor: of the page before.
        undo: id of the message that the viewer attached just now; empty: none.
    """

    set_aside: bool = False
    cursor: str = ""
    undo: str = ""


@dataclass(frozen=True)
class JustAttached:
    """A message that somebody attached a moment ago; its run does not know of it yet.

    Attributes:
        may_undo: the viewer attached it, and can take that back.
    """

    message: str
    person_name: str | None
    sequence_name: str
    may_undo: bool


@dataclass(frozen=True)
class UnmatchedMails:
    """A page of them, the newest first.

    Attributes:
        next: cursor of the following page.
        undo: what the viewer can take back; None: nothing.
    """

    lines: tuple[Unmatched, ...]
    next: str | None
    undo: JustAttached | None = None


@dataclass(frozen=True)
class RunToAttach:
    """A run that it may belong to; ``allowed``: the viewer may attach to it."""

    enrollment: str
    sequence_name: str
    state: str
    enrolled_at: datetime
    allowed: bool


@dataclass(frozen=True)
class Suspect:
    """Somebody who may have written it."""

    person_id: str
    name: str | None
    owner_name: str | None
    email: str | None
    runs: tuple[RunToAttach, ...]


async def unmatched_page(connection: Connection, viewer: Viewer, asked: UnmatchedView, now: datetime) -> UnmatchedMails:
    """A page of what waits, or of what was set aside; what was attached a moment ago is in neither.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    wanted, cursor = {"attached": False}, asked.cursor or None
    attached = await just_attached(connection, viewer, asked.undo, now) if asked.undo else None
    undo = attached if attached is not None and attached.may_undo else None
    if asked.set_aside:
        aside = await page(connection, listings.SET_ASIDE, wanted, cursor=cursor, limit=PAGE)
        return UnmatchedMails(tuple(_line(row, viewer) for row in aside.rows), aside.next, undo)
    found = await page(connection, listings.MAIL_WITHOUT_RUN, wanted, cursor=cursor, limit=PAGE)
    return UnmatchedMails(tuple(_line(row, viewer) for row in found.rows), found.next, undo)


async def just_attached(connection: Connection, viewer: Viewer, message: str, now: datetime) -> JustAttached | None:
    """The run that a message was attached to a moment ago; None: it was not, or its run has it by now."""
    row = await queries.waiting_attachment_of(connection, inbound_id=message)
    if row is None:
        return None
    may_undo = row.user_id == viewer.user_id and now < row.due_at
    return JustAttached(message, row.person_name, row.sequence_name, may_undo)


async def one_unmatched(connection: Connection, viewer: Viewer, identity: str) -> Unmatched:
    """One of them, whatever became of it.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = await one(connection, listings.MAIL_WITHOUT_RUN, "id", identity)
    if row is None:
        raise NotFoundError("there is no such message")
    return _line(row, viewer)


async def suspects(connection: Connection, viewer: Viewer, text: str, region: str) -> tuple[Suspect, ...]:
    """People found by what was typed, each with runs to which something can be attached.

    Args:
        connection: of ``looking``.
        viewer: who looks.
        text: a name, an address, a number or an id.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.
    """
    if not text.strip():
        return ()
    lines = (await people(connection, viewer, PeopleWanted(text), region)).lines[:_PEOPLE]
    runs: dict[str, list[RunToAttach]] = defaultdict(list)
    found = await queries.console_runs_of_people(connection, people=[line.id for line in lines], most=RUNS)
    for row in found if lines else ():
        allowed = may(viewer, Act.REVIEW_REPLY, PersonOf(row.owner_id))
        runs[row.person_id].append(RunToAttach(row.id, row.sequence_name, row.state, row.enrolled_at, allowed))
    return tuple(Suspect(line.id, line.name, line.owner_name, line.email, tuple(runs[line.id])) for line in lines)


def _line(row: queries.ListedMailWithoutRunRow | queries.ListedSetAsideRow, viewer: Viewer) -> Unmatched:
    masked = not may(viewer, Act.READ_MESSAGE)
    subject = take_apart(row.head).headers.text("subject")[:300] if row.channel == "email" else ""
    return Unmatched(
        id=row.id,
        channel=row.channel,
        received_at=row.received_at,
        event=row.event,
        sender=row.sender,
        subject=subject or None,
        text="" if masked else row.text,
        masked=masked,
        noted=noted(row.detail),
        waits=row.state == "unmatched",
        set_aside_at=row.dismissed_at if row.state == "ignored" else None,
        set_aside_by=row.dismissed_by,
    )
