"""A mailbox whose server lets us in no more: what it would send waits, people are told once, and it may come back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.mailboxes.own_mailbox import MailboxState
from sequences.mailboxes.retry import next_retry, notifies
from sequences.number_words import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

MAILBOX_PROBLEM: Final = "mailbox_problem"
"""Kind of the notification about a mailbox that somebody must mend."""


async def disconnect(
    connection: Connection, mailbox: str, why: str, now: datetime, *, operator: str = "", retried: bool = False
) -> bool:
    """Disconnects an active mailbox; one in another state stays as it is, and nobody is told twice.

    Args:
        connection: in a transaction.
        mailbox: its id.
        why: for people; no address and no word of a server.
        now: UTC.
        operator: id of the owner who hears of outages.
        retried: its server refused the login, which may pass: it is tried again without a person.

    Returns:
        Whether it was active until now.
    """
    row = await queries.lock_own_mailbox(connection, id=mailbox)
    if row is None or row.state != MailboxState.ACTIVE:
        return False
    await queries.set_mailbox_state(connection, id=mailbox, state=MailboxState.DISCONNECTED, reason=why, at=now)
    if retried and (next_try := next_retry(now, now)) is not None:
        await queries.set_mailbox_retry(connection, id=mailbox, at=next_try)
    if notifies(await queries.mailbox_notified(connection, id=mailbox), now):
        await queries.set_mailbox_notified(connection, id=mailbox, at=now)
        waiting = await queries.open_runs_of_mailbox(connection, mailbox=mailbox)
        key = f"{mailbox}\x1f{now.isoformat()}"
        gone = Disconnected(row.address, why, row.owner_id, key, waiting, retried=retried)
        await notify_disconnected(connection, gone, now, operator=operator)
    return True


async def connect_again(connection: Connection, row: queries.OwnMailboxRow, now: datetime, *, by_itself: bool) -> None:
    """It sends again, and the runs that wait for it go on by its slots.

    Args:
        connection: in a transaction that has locked its row.
        row: of the mailbox.
        now: UTC.
        by_itself: its server lets us in again; else a person connected it, and hears of the next trouble at once.
    """
    if row.state != MailboxState.ACTIVE:
        await queries.set_mailbox_state(connection, id=row.id, state=MailboxState.ACTIVE, reason=None, at=now)
    if not by_itself:
        await queries.set_mailbox_notified(connection, id=row.id, at=None)
    await queries.wake_runs_of_mailbox(connection, mailbox=row.id, owner=row.owner_id, now=now)


@dataclass(frozen=True)
class Disconnected:
    """A mailbox that somebody has to connect again.

    Attributes:
        address: of the mailbox.
        why: for people; no address and no word of a server.
        owner: id of its owner; None: it has none.
        key: the same for the same end of its access: nobody is told of it twice.
        waiting: runs whose mails wait for it.
        retried: its login is tried again without a person.
    """

    address: str
    why: str
    owner: str | None
    key: str
    waiting: int = 0
    retried: bool = False


async def notify_disconnected(connection: Connection, gone: Disconnected, now: datetime, *, operator: str = "") -> None:
    """Tells its owner, the admins and the operator, each once; every way that ends with a mailbox disconnected does so.

    Args:
        connection: in a transaction.
        gone: which mailbox, and why.
        now: UTC.
        operator: id of the owner who hears of outages; empty: nobody does.
    """
    waits = f"the mails of {number_of(gone.waiting, 'run')} wait" if gone.waiting else "its mail waits"
    title = f"the mailbox {gone.address} is disconnected ({gone.why}); {waits} until it is connected again"
    if gone.retried:
        title += ", and Relance tries its login from time to time"
    admins = await queries.owners_of_admins(connection)
    for owner in dict.fromkeys(filter(None, (gone.owner, *admins, operator))):
        mark = hashlib.sha256(f"{owner}\x1f{gone.key}".encode()).hexdigest()[:24]
        await queries.add_notification(
            connection,
            id=f"nbox{mark}",
            owner_id=owner,
            kind=MAILBOX_PROBLEM,
            title=title,
            enrollment_id=None,
            person_id=None,
            created_at=now,
        )
