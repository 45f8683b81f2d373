"""From which mailbox a run sends. Decided once; after that a thread never changes its sender."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.mailboxes.own_mailbox import MailboxFallback, MailboxState, OwnMailbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sequences.mailboxes.own_mailbox import MailboxDirectory

_POOL: Final = "pool "
NO_MAILBOX: Final = "no_mailbox"
"""Why a send waits: the recruiter in whose name it goes has no mailbox, or the pool has none that is active."""


def pool_of(sender: str) -> str | None:
    """The pool that a sequence sends from (``sender: pool outreach``), or None.

    >>> pool_of("pool outreach"), pool_of("owner")
    ('outreach', None)
    """
    return sender[len(_POOL) :].strip() if sender.startswith(_POOL) else None


@dataclass(frozen=True)
class SenderAsked:
    """What the choice depends on.

    Attributes:
        sender: of the sequence: ``owner``, ``assigned_by``, an address, or ``pool NAME``.
        writer: id of the recruiter in whose name the mail goes; None: there is none.
        bound: id of the mailbox that was decided on; None: none was.
        thread: the address that the run's last mail went out from; None: it has written none.
    """

    sender: str
    writer: str | None
    bound: str | None = None
    thread: str | None = None


@dataclass(frozen=True)
class FromMailbox:
    """It goes out from a mailbox of its own. ``decided``: that stands with the run already."""

    mailbox: OwnMailbox
    decided: bool


@dataclass(frozen=True)
class FromOrganisation:
    """It goes out by the mail server of the settings, from the address that the sequence and the owner say."""


@dataclass(frozen=True)
class FromPool:
    """One of several active mailboxes, whichever has a free slot first."""

    members: tuple[OwnMailbox, ...]


@dataclass(frozen=True)
class FromNone:
    """There is none to send from: it waits."""

    why: str = NO_MAILBOX


SenderChoice = FromMailbox | FromOrganisation | FromPool | FromNone


def choose_sender(asked: SenderAsked, known: MailboxDirectory, fallback: MailboxFallback) -> SenderChoice:
    """From where a run sends.

    What was decided counts, whatever has become of the mailbox: its state decides about each send, not who sends. A
    run that has written from an address stays with that address.

    Args:
        asked: the run and its sequence.
        known: all mailboxes.
        fallback: for a recruiter without one.
    """
    decided = known.by_id.get(asked.bound or "")
    if decided is not None:
        return FromMailbox(decided, decided=True)
    if asked.thread is not None:
        return _at(asked.thread, known)
    if "@" in asked.sender:
        return _at(asked.sender, known)
    pool = pool_of(asked.sender)
    if pool is not None:
        active = tuple(each for each in known.of_pool(pool) if each.state is MailboxState.ACTIVE)
        return FromPool(active) if active else FromNone()
    own = known.of_owner(asked.writer)
    if own is not None:
        return FromMailbox(own, decided=False)
    return FromOrganisation() if fallback is MailboxFallback.ORGANISATION else FromNone()


def _at(address: str, known: MailboxDirectory) -> SenderChoice:
    found = known.at(address)
    return FromMailbox(found, decided=False) if found is not None else FromOrganisation()


@dataclass(frozen=True)
class PoolLoad:
    """What one mailbox of a pool has to do.

    Attributes:
        free_at: its next free slot; UTC.
        used: how many slots of today are taken.
    """

    free_at: datetime
    used: int


def share_pool(run: str, members: Sequence[OwnMailbox], loads: Mapping[str, PoolLoad]) -> OwnMailbox:
    """The mailbox of a pool that a run gets: the one that is free first, then the one that sent least today.

    The same state gives the same answer. Where both are equal, as without limits, the id of the run decides, which
    spreads runs evenly.

    Args:
        run: id of the run.
        members: of the pool, at least one.
        loads: by id of the mailbox.
    """

    def order(each: OwnMailbox) -> tuple[datetime, int, bytes]:
        load = loads[each.id]
        return load.free_at, load.used, hashlib.sha256(f"{run}\x1f{each.id}".encode()).digest()

    return min(members, key=order)
