"""A mailbox whose server lets us in no more: what it would send waits, people are told once, and it may come back."""

from __future__ import annotations

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
        await _tell(connection, row, why, now, operator=operator, retried=retried)
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


async def _tell(
    connection: Connection, row: queries.OwnMailboxRow, why: str, now: datetime, *, operator: str, retried: bool
) -> None:
    waiting = await queries.open_runs_of_mailbox(connection, mailbox=row.id)
    title = (
        f"the mailbox {row.address} is disconnected ({why}); the mails of {number_of(waiting, 'run')} wait until it is "
        "connected again"
    )
    if retried:
        title += ", and Relance tries its login from time to time"
    admins = await queries.owners_of_admins(connection)
    for owner in dict.fromkeys(filter(None, (row.owner_id, *admins, operator))):
        await queries.add_notification(
            connection,
            id=f"n{row.id}-{owner}-{now:%Y%m%d%H%M%S}",
            owner_id=owner,
            kind=MAILBOX_PROBLEM,
            title=title,
            enrollment_id=None,
            person_id=None,
            created_at=now,
        )
