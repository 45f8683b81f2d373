"""Decides which mailbox the mail of a run goes out from, once, and keeps that with the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.postgres import queries
from sequences.mailboxes.choice import (
    FromMailbox,
    FromNone,
    FromOrganisation,
    FromPool,
    PoolLoad,
    SenderAsked,
    choose_sender,
    share_pool,
)
from sequences.mailboxes.own_mailbox import MailboxFallback
from sequences.planning.values import Channel
from sequences.sending.addresses import writer
from sequences.sending.send_obstacles import MAILBOX_AGAIN, NotNow
from sequences.sending.slots import BackOff, Mailbox, MailboxDay, clear_of, day_of, next_slot
from services.mailboxes.directory import KnownMailboxes
from services.mailboxes.disconnect import MAILBOX_PROBLEM
from services.notifications import NewNotification, notify
from services.sending.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.mailboxes.choice import SenderChoice
    from sequences.mailboxes.own_mailbox import MailboxDirectory, OwnMailbox
    from services.runs.planning import RunContext
    from services.runs.whole_run import EarlierSend


@dataclass(frozen=True)
class ChooseMailbox:
    """Who sends.

    Attributes:
        known: all mailboxes.
        slots: limits, by which a pool shares its load.
        fallback: for a recruiter without a mailbox.
    """

    known: KnownMailboxes = field(default_factory=KnownMailboxes)
    slots: Slots = field(default_factory=lambda: Slots({}, ZoneInfo("UTC"), lambda: 0.0))
    fallback: MailboxFallback = MailboxFallback.ORGANISATION

    async def decided(
        self, connection: Connection, context: RunContext, earlier: Sequence[EarlierSend]
    ) -> RunContext | None:
        """The run with its mailbox; None: that has to be decided and written, or it waits for one.

        Arguments are those of ``decide``; the connection reads only.
        """
        choice = await self._choice(connection, context, earlier)
        match choice:
            case FromMailbox(mailbox, decided=True):
                return replace(context, mailbox=mailbox)
            case FromOrganisation():
                return context
        return None

    async def decide(
        self,
        connection: Connection,
        context: RunContext,
        earlier: Sequence[EarlierSend],
        now: datetime,
        attempt: int = 0,
    ) -> RunContext | NotNow:
        """The run with its mailbox, which stands with the run from now on; else until when it waits for one.

        Args:
            connection: in a transaction that has locked the run.
            context: of the run.
            earlier: the sends of the run so far.
            now: the run's time.
            attempt: which one this is.
        """
        choice = await self._choice(connection, context, earlier)
        match choice:
            case FromMailbox(mailbox, decided=decided):
                return await self._bound(connection, context, mailbox, decided=decided)
            case FromPool(members):
                loads = {each.id: load for each, load in (await self.loads(connection, members, now)).items()}
                return await self._bound(connection, context, share_pool(context.run.id, members, loads), decided=False)
            case FromOrganisation():
                return context
            case FromNone(why):
                await self._tell(connection, context, now)
                return NotNow(None, why, attempt, MAILBOX_AGAIN)

    async def loads(
        self, connection: Connection, members: Sequence[OwnMailbox], now: datetime
    ) -> dict[OwnMailbox, PoolLoad]:
        """What each of these has to do, as far as can be told without their locks."""
        zone, today = self.slots.zone, day_of(now, self.slots.zone)
        addresses = [each.address for each in members]
        days: dict[str, dict[object, MailboxDay]] = {}
        for row in await queries.days_of_mailboxes(connection, addresses=addresses, day=today):
            days.setdefault(row.address, {})[row.day] = MailboxDay(row.used, row.next_at)
        starts = {
            row.address: row.started_on for row in await queries.starts_of_mailboxes(connection, addresses=addresses)
        }
        held: dict[str, list[BackOff]] = {}
        for back in await queries.back_offs_of_mailboxes(connection, addresses=addresses, now=now):
            held.setdefault(back.address, []).append(BackOff(back.since, back.until))
        found = {}
        for each in members:
            limits, back_offs = self.slots.of(Channel.EMAIL, each.limits), held.get(each.address, [])
            known = Mailbox(zone, starts.get(each.address) or today, days.get(each.address, {}), back_offs)  # type: ignore[arg-type]
            free_at = clear_of(back_offs, now) if limits is None else next_slot(limits, known, now, 0.0).at
            used = known.days.get(today)
            found[each] = PoolLoad(free_at, used.used if used is not None else 0)
        return found

    async def _choice(
        self, connection: Connection, context: RunContext, earlier: Sequence[EarlierSend]
    ) -> SenderChoice:
        known = await self.known.read(connection, context.mailboxes)
        return choose_sender(asked_of(context, earlier), known, self.fallback)

    async def _bound(
        self, connection: Connection, context: RunContext, mailbox: OwnMailbox, *, decided: bool
    ) -> RunContext:
        if decided:
            return replace(context, mailbox=mailbox)
        await queries.bind_mailbox(connection, run=context.run.id, mailbox=mailbox.id)
        return replace(context, run=replace(context.run, mailbox_id=mailbox.id), mailbox=mailbox)

    async def _tell(self, connection: Connection, context: RunContext, now: datetime) -> None:
        """Once a month to each recruiter: the first of their runs that waits stands for all of them."""
        whose = _writer(context) or "nobody"
        title = "mails wait: there is no mailbox to send them from; an admin adds one (`relance mailbox add`)"
        key = f"nomb-{whose}-{context.version.definition.sender}-{now:%Y-%m}"
        await notify(connection, context, NewNotification(MAILBOX_PROBLEM, title, now, key))


def asked_of(context: RunContext, earlier: Sequence[EarlierSend]) -> SenderAsked:
    """What the choice for a run depends on."""
    written = [row for row in earlier if row.channel == Channel.EMAIL and row.state in ("sent", "unknown", "claimed")]
    thread = written[-1].sender if written else None
    return SenderAsked(context.version.definition.sender, _writer(context), context.run.mailbox_id, thread)


async def likely_mailbox(connection: Connection, context: RunContext) -> OwnMailbox | None:
    """The mailbox that a run of this record would get, to show its mail: of a pool the first. Writes nothing."""
    known: MailboxDirectory = await KnownMailboxes().read(connection)
    match choose_sender(asked_of(context, ()), known, MailboxFallback.ORGANISATION):
        case FromMailbox(mailbox):
            return mailbox
        case FromPool(members):
            return members[0]
    return None


def _writer(context: RunContext) -> str | None:
    found = writer(context.version.definition.sender, context.view.owner, context.assigned).get("id")
    return str(found) if found else None
