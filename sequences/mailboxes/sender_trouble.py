"""What is odd about the sender that a sequence names, beside the mailboxes that there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.author_messages import did_you_mean
from sequences.mailboxes.choice import pool_of
from sequences.mailboxes.own_mailbox import MailboxState

if TYPE_CHECKING:
    from sequences.mailboxes.own_mailbox import MailboxDirectory


@dataclass(frozen=True)
class SenderTrouble:
    """What is odd.

    Attributes:
        message: what was found.
        advice: what to do about it.
    """

    message: str
    advice: str


def sender_trouble(sender: str, known: MailboxDirectory) -> SenderTrouble | None:
    """What is odd about a sender; None: nothing.

    It is no error: mail waits, or goes by the server of the settings, and a mailbox may be added after the publish.

    Args:
        sender: of the sequence: ``owner``, ``assigned_by``, an address, or ``pool NAME``.
        known: all mailboxes.
    """
    pool = pool_of(sender)
    if pool is not None:
        return _of_pool(pool, known)
    return _of_address(sender, known) if "@" in sender else None


def _of_pool(pool: str, known: MailboxDirectory) -> SenderTrouble | None:
    members = known.of_pool(pool)
    if any(each.state is MailboxState.ACTIVE for each in members):
        return None
    if members:
        message = f"No mailbox of the pool `{pool}` is active, so its mail waits."
        return SenderTrouble(message, f"See why with `relance mailbox show {members[0].address}`.")
    pools = sorted({each.pool for each in known.mailboxes if each.pool})
    message = f"No mailbox belongs to the pool `{pool}`, so its mail waits.{did_you_mean(pool, pools)}"
    return SenderTrouble(message, f"Put mailboxes into it with `relance mailbox set ADDRESS --pool {pool}`.")


def _of_address(address: str, known: MailboxDirectory) -> SenderTrouble | None:
    found = known.at(address)
    if found is None:
        # Without any mailbox, addresses are what the server of the settings sends from.
        if not known.mailboxes:
            return None
        message = f"There is no mailbox `{address}`, so its mail goes by the mail server of the settings."
        message += did_you_mean(address.lower(), sorted(known.by_address))
        return SenderTrouble(message, f"Add it with `relance mailbox add {address}`, if that is not meant.")
    if found.state is MailboxState.ARCHIVED:
        message = f"The mailbox `{found.address}` is archived, so its mail waits."
        advice = f"Name another sender, or bring it back with `relance mailbox resume {found.address}`."
        return SenderTrouble(message, advice)
    return None
