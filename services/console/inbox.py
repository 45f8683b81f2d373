"""The inbox: replies that a person must read first, each with what it means, how sure that is, and what it caused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.access.act import Act
from sequences.access.authorize import PersonOf, may
from sequences.errors import NotFoundError
from sequences.inbound.noted import noted
from services.console.whose import EVERYONE, Whose, whose_people
from services.replies.answer import answers_end
from services.replies.read import replies, reply

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.replies.read import ReplyLine

PAGE: Final = 20
WHOLE: Final = 100_000
"""Characters of a whole message that a page shows."""


@dataclass(frozen=True)
class InboxAsked:
    """What is asked for; all of it is in the address of the page.

    Attributes:
        everything: also what nobody needs to read, the newest first; else what needs review, the oldest first.
        mine: only of the viewer's own people.
        label: ``positive | negative | neutral``; empty: any.
        channel: of the reply; empty: any.
        sequence: name; empty: any.
        since: replies that came then or later; None: all.
        until: and before then.
        cursor: of the page before.
    """

    everything: bool = False
    mine: bool = False
    label: str = ""
    channel: str = ""
    sequence: str = ""
    since: datetime | None = None
    until: datetime | None = None
    cursor: str = ""

    def filters(self, whose: Whose) -> dict[str, object]:
        """By the names of the lists; whose people is part of them."""
        return {
            "label": self.label or None,
            "channel": self.channel or None,
            "sequence": self.sequence or None,
            "since": self.since,
            "until": self.until,
            "few_owners" if whose.scope.is_few else "owners": whose.scope.owners,
        }

    @property
    def narrowed(self) -> bool:
        """Some replies are left out, besides those of others."""
        return bool(self.label or self.channel or self.sequence or self.since or self.until)


@dataclass(frozen=True)
class InboxLine:
    """A reply.

    Attributes:
        reply: with its words; empty if the viewer may not read messages.
        masked: the words are left out.
        may_review: the viewer works with the person: may say what it means, and answer.
        sequence_name: what people call the sequence.
        noted: what the reader of the mail found, fixed words; only of a reply that is shown alone.
        whole: all text of the message, where that is more than the words; likewise, and empty if masked.
        no_answer: why no answer may go on its channel now, and what to do; likewise. Empty: it may.
    """

    reply: ReplyLine
    masked: bool
    may_review: bool
    sequence_name: str
    noted: tuple[str, ...] = ()
    whole: str = ""
    no_answer: str = ""


@dataclass(frozen=True)
class Undo:
    """What the viewer said a moment ago and can take back."""

    reply: str
    person_name: str | None
    label: str
    until: datetime


@dataclass(frozen=True)
class Inbox:
    """What the page shows; ``undo`` None: there is nothing to take back."""

    lines: tuple[InboxLine, ...]
    next: str | None
    undo: Undo | None = None
    whose: Whose = EVERYONE


async def inbox(connection: Connection, viewer: Viewer, asked: InboxAsked, now: datetime, *, undo: str = "") -> Inbox:
    """A page of the inbox.

    Args:
        connection: of ``looking``.
        viewer: who reads.
        asked: filters and place.
        now: UTC.
        undo: id of the reply of which the viewer said something just now.

    Raises:
        CursorError: the cursor belongs to other filters.
    """
    whose = await whose_people(connection, viewer, mine=asked.mine)
    filters, cursor = asked.filters(whose), asked.cursor or None
    if asked.everything:
        found = await replies(connection, filters, cursor=cursor, limit=PAGE)
        lines, following = found.items, found.next
    else:
        waiting = await page(connection, listings.REVIEWS, {"said": False, **filters}, cursor=cursor, limit=PAGE)
        ids, following = [row.id for row in waiting.rows], waiting.next
        known = {line.id: line for line in (await replies(connection, {"ids": ids}, limit=PAGE)).items} if ids else {}
        lines = [known[each] for each in ids]
    names = await _sequence_names(connection) if lines else {}
    return Inbox(
        tuple(_line(each, viewer, names) for each in lines),
        following,
        await what_was_said(connection, viewer, undo, now),
        whose,
    )


async def one_reply(connection: Connection, viewer: Viewer, identity: str, now: datetime) -> InboxLine:
    """One reply, for its own page; ``now`` is UTC.

    Raises:
        NotFoundError: there is none, or the viewer does not see whose it is.
    """
    found = await reply(connection, identity)
    if not viewer.sees.holds(found.owner_id):
        raise NotFoundError(f"there is no reply {identity} among those of the people that you see")
    closed = await answers_end(connection, found.channel or "", found.sender, now)
    line = replace(_line(found, viewer, await _sequence_names(connection)), no_answer=closed or "")
    row = await queries.reaction_row(connection, id=identity)
    if row is None:
        return line
    full = (row.full_text or "")[:WHOLE].strip()
    whole = full if not line.masked and full != line.reply.text.strip() else ""
    return replace(line, noted=noted(row.detail), whole=whole)


async def what_was_said(connection: Connection, viewer: Viewer, undo: str, now: datetime) -> Undo | None:
    """What the viewer said of this reply and can still take back; None: nothing."""
    row = await queries.waiting_review_of(connection, reaction_id=undo) if undo else None
    if row is None or row.user_id != viewer.user_id or row.due_at <= now:
        return None
    return Undo(undo, (await reply(connection, undo)).person_name, row.label, row.due_at)


async def _sequence_names(connection: Connection) -> dict[str, str]:
    return {each.sequence: each.name for each in await queries.sequences_to_ask_about(connection)}


def _line(line: ReplyLine, viewer: Viewer, names: Mapping[str, str]) -> InboxLine:
    whose = PersonOf(line.owner_id)
    masked = not may(viewer, Act.READ_MESSAGE, whose)
    if masked:
        line = replace(line, text="", answers=[replace(each, text="") for each in line.answers])
    return InboxLine(line, masked, may(viewer, Act.REVIEW_REPLY, whose), names.get(line.sequence, line.sequence))
