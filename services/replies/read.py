"""Replies as people and programs read them: the words, who wrote them, what they mean, and what was done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import listings, queries
from adapters.postgres.paging import one, page
from sequences.errors import NotFoundError
from sequences.inbound.trust import mark
from services.reading.listed import line_of
from services.replies.what_followed import FollowedBy, what_followed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class AnswerLine:
    """An answer of a recruiter; ``state`` is ``planned | claimed | sent | refused | failed | unknown``."""

    id: str
    state: str
    text: str
    asked_by: str | None
    asked_at: datetime
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class ReplyLine:
    """A person's reply.

    Attributes:
        sender: the address or number that it came from.
        text: the person's own words; all of them where the reader was not sure which are their own.
        label: null: not judged yet. Of what a person said and what the model says the former counts.
        confidence: of the model's label, 0 to 1; null after a review.
        judged_by: ``model | person``.
        needs_reading: it needs review: a person must say what it means.
        reasons: why the model is not sure, or which rule found an opt-out.
        doubt: ``other_sender | not_authenticated``: it was not proved to be the person's when it came.
        authentication: ``proved | failed``: what the mail server found about the sender; null: nobody looked.
        authenticated_by: what that rests on, such as ``dmarc=pass``.
        confirm_opt_out: it asks not to be contacted, and nothing is sent until somebody confirms or denies that.
        not_theirs: a person says that somebody else wrote it.
        decision: what the run did: ``stop | pause | continue | none``.
        forwarding: how the owner hears of it: ``waiting | forward | notify | none``; null: it is of an older release.
        followed: what was done about it.
        answers: of recruiters, by ``relance reply``.
    """

    id: str
    received_at: datetime
    sequence: str
    enrollment_id: str
    run_state: str
    person_id: str
    person_name: str | None
    owner_id: str | None
    owner_name: str | None
    channel: str | None
    sender: str | None
    text: str
    label: str | None
    intent: str | None
    confidence: float | None
    judged_by: str | None
    opt_out: bool
    needs_reading: bool
    reasons: list[str]
    doubt: str | None
    authentication: str | None
    authenticated_by: str | None
    confirm_opt_out: bool
    not_theirs: bool
    decision: str | None
    decision_reason: str | None
    forwarding: str | None
    forwarding_reason: str | None
    forwarding_at: datetime | None
    followed: list[FollowedBy]
    answers: list[AnswerLine]

    @property
    def mark(self) -> str | None:
        """What people are told of where it came from; None: there is nothing to tell."""
        return mark(self.doubt, self.authentication, self.authenticated_by)


@dataclass(frozen=True)
class RepliesRead:
    """Lines, the newest first, and the cursor of the next page; None: this was the last."""

    items: list[ReplyLine]
    next: str | None


async def replies(
    connection: Connection, asked: Mapping[str, object], *, cursor: str | None = None, limit: int
) -> RepliesRead:
    """A page of replies.

    Args:
        connection: in a transaction.
        asked: filters of ``listings.REPLIES`` by name.
        cursor: of the page before; None: the first.
        limit: lines, at the most.

    Raises:
        CursorError: the cursor is not of this list with these filters.
    """
    found = await page(connection, listings.REPLIES, asked, cursor=cursor, limit=limit)
    return RepliesRead(await _lines(connection, found.rows), found.next)


async def reply(connection: Connection, identity: str) -> ReplyLine:
    """One reply.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = await one(connection, listings.REPLIES, "id", identity)
    if row is None:
        raise NotFoundError(f"unknown reply {identity}; `relance replies` lists them")
    return (await _lines(connection, [row]))[0]


async def _lines(connection: Connection, rows: Sequence[queries.ListedRepliesRow]) -> list[ReplyLine]:
    ids = [row.id for row in rows]
    followed = await what_followed(connection, ids) if ids else {}
    answers: dict[str, list[AnswerLine]] = defaultdict(list)
    for row in await queries.answers_of(connection, ids=ids) if ids else ():
        answers[row.reaction_id].append(line_of(AnswerLine, row))
    return [line_of(ReplyLine, row, followed=followed.get(row.id, []), answers=answers.get(row.id, [])) for row in rows]
