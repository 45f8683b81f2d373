"""Planned messages that will go later than planned: their mailbox has sent, or sends, as many as its limits allow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.records import closed_days
from sequences.channels import CHANNELS, EMAIL, from_owner, is_channel
from sequences.mailboxes.choice import FromMailbox, FromPool, PoolLoad, SenderAsked, choose_sender, share_pool
from sequences.mailboxes.own_mailbox import MailboxFallback
from sequences.planning.planner import postpone
from sequences.planning.values import RunFacts, ZoneFacts
from sequences.sending.addresses import sender_address
from sequences.sending.slot_forecast import QueuedMessage, put_off_by_mailbox
from services.mailboxes.directory import KnownMailboxes
from services.reading.going_later import MOST, GoesLater
from services.reading.mailboxes import Mailboxes, MailboxKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from typing import Any

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version, Versions
    from sequences.mailboxes.own_mailbox import MailboxDirectory
    from sequences.planning.values import StepTiming
    from services.reading.going_later import LaterAsked
    from services.sending.slots import Slots

_Key = tuple[str, str]
"""Run and step."""


@dataclass(frozen=True)
class MailboxQueues:
    """What each of our mailboxes has to send, and what its limits put off.

    Attributes:
        versions: of sequences.
        slots: the limits.
        sender_address: of the organisation: that of recruiters who have none.
        sms_sender: our number.
    """

    versions: Versions
    slots: Slots
    sender_address: str
    sms_sender: str

    async def put_off(self, connection: Connection, asked: LaterAsked, now: datetime) -> tuple[GoesLater, ...] | None:
        """The messages that limits of mailboxes put off to another day, as the plans of now say.

        All that the mailboxes have to send until the end counts, whoever looks. Where a slot is not now, the schedule
        of the step decides when the message goes, in the zone in which it was planned.

        Args:
            connection: in a transaction.
            asked: which days, and of whom.
            now: UTC.

        Returns:
            None: too much is planned.
        """
        mailboxes = await KnownMailboxes().read(connection)
        if not any(map(self.slots.limited, CHANNELS)) and all(each.limits is None for each in mailboxes.mailboxes):
            return ()
        addresses = {row.id: {"email": row.email} for row in await queries.owner_addresses(connection)}
        rows = await self._rows(connection, asked, addresses, mailboxes)
        if rows is None:
            return None
        queued: dict[MailboxKey, list[QueuedMessage]] = defaultdict(list)
        known: dict[_Key, tuple[queries.QueuedStepRow, StepTiming]] = {}
        for row in rows:
            version = await self.versions.get(connection, row.sequence, row.version)
            timing = version.timing_of.get(row.step)
            if timing is None or not is_channel(timing.channel):
                continue
            mailbox = (str(timing.channel), self._sender(timing.channel, version, row, addresses, mailboxes))
            if not self.slots.limited(timing.channel, _own_limits(mailboxes, mailbox)):
                continue
            known[row.enrollment_id, row.step] = row, timing
            queued[mailbox].append(QueuedMessage(row.enrollment_id, row.step, row.due_at, row.slot_at))
        closed = await closed_days(connection, {row.owner_id for row in rows if row.owner_id})
        schedules = _Schedules(known, closed, now)
        again = await self._again(connection, queued, schedules, mailboxes, asked.stop, now)
        return tuple(_later(known[key][0], at) for key, at in again.items())

    async def _rows(
        self,
        connection: Connection,
        asked: LaterAsked,
        addresses: Mapping[str, Mapping[str, Any]],
        known: MailboxDirectory,
    ) -> Sequence[queries.QueuedStepRow] | None:
        """All planned steps of the mailboxes of those who are asked about; None: too many."""
        if asked.scope.owner_ids is None:
            number = await queries.planned_between(connection, since=None, until=asked.stop, most=MOST)
            return None if number >= MOST else await queries.queued_steps(connection, until=asked.stop)
        senders = await queries.sequences_with_senders(connection)
        otherwise = self.sender_address
        # Of runs without an owner that is the organisation's own.
        mailboxes = {
            otherwise.lower(),
            *(
                sender_address(row.sender, {}, addresses.get(row.assigned_by or "", {}), otherwise).lower()
                for row in senders
            ),
            *(
                sender_address("owner", addresses.get(each, {}), {}, otherwise).lower()
                for each in asked.scope.owner_ids
            ),
        }
        # Whoever writes from one of the same mailboxes.
        owners = [
            owner
            for owner, fields in addresses.items()
            if owner in asked.scope.owner_ids or sender_address("owner", fields, {}, otherwise).lower() in mailboxes
        ]
        own = [found.id for each in asked.scope.owner_ids if (found := known.of_owner(each)) is not None]
        rows = await queries.queued_steps_of(
            connection,
            until=asked.stop,
            owners=owners,
            sequences=sorted({row.sequence for row in senders}),
            mailboxes=own,
            most=MOST,
        )
        return None if len(rows) >= MOST else rows

    def _sender(
        self,
        channel: str,
        version: Version,
        row: queries.QueuedStepRow,
        addresses: Mapping[str, Mapping[str, Any]],
        known: MailboxDirectory,
    ) -> str:
        """From where a message goes out, as its composer will say; of a pool that is not shared yet, from any of it."""
        if not from_owner(channel):
            return self.sms_sender.lower()
        definition = version.definition
        assigned = definition.auto_enroll.assigned_by if definition.auto_enroll else None
        owner = row.owner_id
        writer = (assigned or owner) if definition.sender == "assigned_by" else owner
        asked = SenderAsked(definition.sender, writer, row.mailbox_id)
        match choose_sender(asked, known, MailboxFallback.ORGANISATION):
            case FromMailbox(mailbox):
                return mailbox.address
            case FromPool(members):
                loads = dict.fromkeys((each.id for each in members), PoolLoad(row.due_at, 0))
                return share_pool(row.enrollment_id, members, loads).address
        return sender_address(
            definition.sender,
            addresses.get(owner or "", {}),
            addresses.get(assigned, {"id": assigned}) if assigned else {},
            self.sender_address,
        ).lower()

    async def _again(
        self,
        connection: Connection,
        queued: Mapping[MailboxKey, Sequence[QueuedMessage]],
        schedules: _Schedules,
        known: MailboxDirectory,
        until: datetime,
        now: datetime,
    ) -> Mapping[_Key, datetime]:
        found: dict[_Key, datetime] = {}
        mailboxes = await Mailboxes.read(connection, self.slots.zone, now)
        for key, messages in queued.items():
            limits = self.slots.of(key[0], _own_limits(known, key))
            assert limits is not None, "messages without a limit are not queued"
            found |= put_off_by_mailbox(limits, mailboxes.mailbox(key), messages, now, until, schedules.allowed)
        return found


@dataclass(frozen=True)
class _Schedules:
    """When the schedules of steps let messages go.

    Attributes:
        known: each message with its row and its timing.
        closed: days on which nothing goes, by owner; those of everybody under None.
    """

    known: Mapping[_Key, tuple[queries.QueuedStepRow, StepTiming]]
    closed: Mapping[str | None, frozenset[date]]
    now: datetime

    def allowed(self, message: QueuedMessage, at: datetime) -> datetime | None:
        """From an instant on the first that is allowed; None: there is none."""
        row, timing = self.known[message.run, message.step]
        closed = self.closed.get(row.owner_id, self.closed[None])
        facts = RunFacts(self.now, zones=ZoneFacts(person=row.timezone), closed=closed)
        return postpone(timing, facts, at).due_at


def _own_limits(known: MailboxDirectory, key: MailboxKey) -> str | None:
    mailbox = known.at(key[1]) if key[0] == EMAIL.name else None
    return mailbox.limits if mailbox is not None else None


def _later(row: queries.QueuedStepRow, at: datetime) -> GoesLater:
    return GoesLater(
        run=row.enrollment_id,
        sequence=row.sequence,
        step=row.step,
        owner_id=row.owner_id,
        due_at=row.due_at,
        timezone=row.timezone,
        again_from=at,
        limit="mailbox",
    )
