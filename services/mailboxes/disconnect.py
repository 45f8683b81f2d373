"""A mailbox whose server lets us in no more: it is disconnected, what it would send waits, and people are told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.mailboxes.own_mailbox import MailboxState
from sequences.number_words import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

MAILBOX_PROBLEM: Final = "mailbox_problem"
"""Kind of the notification about a mailbox that somebody must mend."""


async def disconnect(connection: Connection, mailbox: str, why: str, now: datetime, *, operator: str = "") -> bool:
    """Disconnects an active mailbox; one in another state stays as it is, and nobody is told twice.

    Args:
        connection: in a transaction.
        mailbox: its id.
        why: for people; no address and no word of a server.
        now: UTC.
        operator: id of the owner who hears of outages.

    Returns:
        Whether it was active until now.
    """
    row = await queries.lock_own_mailbox(connection, id=mailbox)
    if row is None or row.state != MailboxState.ACTIVE:
        return False
    await queries.set_mailbox_state(connection, id=mailbox, state=MailboxState.DISCONNECTED, reason=why, at=now)
    waiting = await queries.open_runs_of_mailbox(connection, mailbox=mailbox)
    title = (
        f"the mailbox {row.address} is disconnected ({why}); the mails of {number_of(waiting, 'run')} wait until it is "
    )
    title += "connected again"
    admins = await queries.owners_of_admins(connection)
    for owner in dict.fromkeys(filter(None, (row.owner_id, *admins, operator))):
        await queries.add_notification(
            connection,
            id=f"n{mailbox}-{owner}-{now:%Y%m%d%H%M%S}",
            owner_id=owner,
            kind=MAILBOX_PROBLEM,
            title=title,
            enrollment_id=None,
            person_id=None,
            created_at=now,
        )
    return True
