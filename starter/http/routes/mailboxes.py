"""Mailboxes of their own: listing, adding, changing, trying, pausing, and moving their runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings
from services.mailboxes.keep import KeepMailboxes, MailboxChanges, find_mailbox
from services.reading.listed import line_of
from starter.http.callers import CurrentDoer
from starter.http.errors import answers
from starter.http.list_answers import Page, listed, the_one
from starter.http.list_parameters import STORABLE, Asked
from starter.mailbox_trials import MailboxTrials

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

Key = Annotated[str, Path(max_length=320, pattern=STORABLE, description="Id or address of the mailbox.")]


@dataclass(frozen=True)
class MailboxLine:
    """A mailbox, without its secrets.

    Attributes:
        name: on its mails; null: its owner's.
        pool: mailboxes of one pool share the load.
        state: ``active | paused | disconnected | archived``.
        retry_at: when the login of a disconnected mailbox is tried next; null: a person has to help.
        transport: ``organisation``, or the kind of its own transport.
        inbound: ``organisation``, or ``imap``: its own inbox is read.
        reply_to: ``signed | own``: where answers go.
        limits: of its own; null: those of the settings.
        open_runs: that send from it.
    """

    id: str
    address: str
    name: str | None
    owner_id: str | None
    pool: str | None
    state: str
    state_reason: str | None
    state_since: datetime
    retry_at: datetime | None
    transport: str
    transport_settings: dict[str, Any]
    has_transport_secret: bool
    inbound: str
    inbound_settings: dict[str, Any]
    has_inbound_secret: bool
    reply_to: str
    limits: str | None
    signature_text: str | None
    signature_html: str | None
    open_runs: int
    added_at: datetime
    changed_at: datetime


class MailboxesPage(Page[MailboxLine]):
    """A page of mailboxes."""


class NewMailbox(MailboxChanges):
    """A mailbox to add."""

    address: str = Field(max_length=320, pattern=STORABLE, examples=["dana@agency.example"])


class MailboxPause(BaseModel):
    """Why it is paused."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=200, pattern=STORABLE)


class MailboxTest(BaseModel):
    """Where the test mail goes."""

    model_config = ConfigDict(extra="forbid")

    to: str | None = Field(
        default=None, max_length=320, pattern=STORABLE, description="An own address; absent: the mailbox itself."
    )


class MailboxTestAnswer(BaseModel):
    """What came of a test."""

    sends: str = Field(description="Why no mail can be sent from it; empty: one was.")
    reads: str = Field(description="Why its inbox cannot be read; empty: it can, or is not read.")
    state: str = Field(description="Of the mailbox after it.")


class RunsToMove(BaseModel):
    """Which mailbox the runs get."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(max_length=320, pattern=STORABLE, description="Id or address of another mailbox.")


class RunsMoved(BaseModel):
    """How many runs were moved."""

    moved: int


def router(ways: Ways) -> APIRouter:
    """``/mailboxes``."""
    routes = APIRouter(prefix="/mailboxes", tags=["mailboxes"])
    mailboxes = KeepMailboxes(ways.settings.keys())

    async def line(key: str) -> MailboxLine:
        return line_of(MailboxLine, await the_one(ways, listings.OWN_MAILBOXES, "mailbox", key))

    @routes.get("", summary="Mailboxes by address; no secrets")
    async def list_mailboxes(asked: Annotated[Asked, Query()]) -> MailboxesPage:
        return await listed(ways, listings.OWN_MAILBOXES, MailboxesPage, MailboxLine, asked)

    @routes.post("", status_code=201, summary="Add a mailbox", responses=answers(400, 409))
    async def add_mailbox(asked: NewMailbox, doer: CurrentDoer) -> MailboxLine:
        given = asked.model_dump(exclude_unset=True, exclude={"address"})
        async with ways.database.transaction() as connection:
            wanted = MailboxChanges.model_validate(given)
            made = await mailboxes.add(connection, doer, asked.address, wanted, ways.clock())
        return await line(made)

    @routes.get("/{mailbox}", summary="One mailbox", responses=answers(404))
    async def show_mailbox(mailbox: Key) -> MailboxLine:
        async with ways.database.transaction() as connection:
            found = await find_mailbox(connection, mailbox)
        return await line(found)

    @routes.patch("/{mailbox}", summary="Change a mailbox; absent keys stay as they are", responses=answers(400, 404))
    async def set_mailbox(mailbox: Key, asked: MailboxChanges, doer: CurrentDoer) -> MailboxLine:
        async with ways.database.transaction() as connection:
            found = await mailboxes.set(connection, doer, mailbox, asked, ways.clock())
        return await line(found)

    @routes.post("/{mailbox}/test", summary="Log in to its servers and send one test mail", responses=answers(400, 404))
    async def try_mailbox(mailbox: Key, doer: CurrentDoer, asked: MailboxTest | None = None) -> MailboxTestAnswer:
        to = asked.to if asked is not None else None
        tried = await MailboxTrials(ways.settings, ways.database).try_it(doer, mailbox, to, ways.clock())
        return MailboxTestAnswer(sends=tried.sends, reads=tried.reads, state=tried.state)

    @routes.post("/{mailbox}/pause", summary="Send nothing from it for now", responses=answers(400, 404, 409))
    async def pause_mailbox(mailbox: Key, doer: CurrentDoer, asked: MailboxPause | None = None) -> MailboxLine:
        reason = asked.reason if asked is not None else ""
        async with ways.database.transaction() as connection:
            found = await mailboxes.pause(connection, doer, mailbox, reason, ways.clock())
        return await line(found)

    @routes.post("/{mailbox}/resume", summary="Send from it again; its runs go on", responses=answers(404))
    async def resume_mailbox(mailbox: Key, doer: CurrentDoer) -> MailboxLine:
        async with ways.database.transaction() as connection:
            found = await mailboxes.resume(connection, doer, mailbox, ways.clock())
        return await line(found)

    @routes.post("/{mailbox}/archive", summary="Take it out of use", responses=answers(404, 409))
    async def archive_mailbox(mailbox: Key, doer: CurrentDoer) -> MailboxLine:
        async with ways.database.transaction() as connection:
            found = await mailboxes.archive(connection, doer, mailbox, ways.clock())
        return await line(found)

    @routes.post(
        "/{mailbox}/move-runs", summary="Let its open runs send from another one", responses=answers(400, 404, 409)
    )
    async def move_runs_of_mailbox(mailbox: Key, asked: RunsToMove, doer: CurrentDoer) -> RunsMoved:
        async with ways.database.transaction() as connection:
            moved = await mailboxes.move_runs(connection, doer, mailbox, asked.to, ways.clock())
        return RunsMoved(moved=moved)

    return routes
