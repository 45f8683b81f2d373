"""A mailbox of its own: an address that mail leaves from, with its owner, its signature and its limits."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.sending.footer import Footer

ORGANISATION: Final = "organisation"
"""As transport: the mail server of the settings. As inbound way: the signed reply addresses of the settings."""


class MailboxState(enum.StrEnum):
    """Whether something goes out from a mailbox."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Somebody wants it to send nothing for now."""
    DISCONNECTED = "disconnected"
    """Its server does not let us in any more; somebody must connect it anew."""
    ARCHIVED = "archived"
    """It is used for nothing new."""


class ReplyTo(enum.StrEnum):
    """Where answers to the mails of a mailbox go."""

    SIGNED = "signed"
    """To the signed reply address: it says which mail is answered."""
    OWN = "own"
    """To the mailbox itself; its inbox is read."""


class InboundWay(enum.StrEnum):
    """How answers are read."""

    ORGANISATION = "organisation"
    IMAP = "imap"
    API = "api"
    """By the HTTP interface of its provider: the one that its transport sends by."""


class MailboxFallback(enum.StrEnum):
    """What becomes of the mail of a recruiter who has no mailbox."""

    ORGANISATION = "organisation"
    """It goes by the mail server of the settings, from the recruiter's address."""
    WAIT = "wait"
    """It waits until they have one."""


@dataclass(frozen=True, slots=True)
class OwnMailbox:
    """What sending asks of a mailbox. It holds no secret.

    Attributes:
        address: in small letters.
        name: on its mails; None: that of its owner.
        owner_id: the recruiter whose mail goes out from it; None: nobody's.
        pool: the name of the pool that it belongs to, or None.
        signature: under its mails; None: none.
        limits: as the setting for all mailboxes is written; None: that setting.
        transport: ``organisation``, or a kind of transport.
        changed_at: UTC; what is built for it is built anew after that.
    """

    id: str
    address: str
    name: str | None
    owner_id: str | None
    pool: str | None
    signature: Footer | None
    limits: str | None
    state: MailboxState
    transport: str
    reply_to: ReplyTo
    inbound: InboundWay
    changed_at: datetime


@dataclass(frozen=True)
class MailboxDirectory:
    """All mailboxes of their own, as of one moment.

    Attributes:
        revision: of the table; another number means that something has changed.
        mailboxes: the oldest first.
    """

    revision: int = 0
    mailboxes: tuple[OwnMailbox, ...] = field(default=())

    @cached_property
    def by_id(self) -> dict[str, OwnMailbox]:
        """All of them."""
        return {each.id: each for each in self.mailboxes}

    @cached_property
    def by_address(self) -> dict[str, OwnMailbox]:
        """All of them; addresses in small letters."""
        return {each.address: each for each in self.mailboxes}

    def at(self, address: str) -> OwnMailbox | None:
        """The mailbox of an address, or None."""
        return self.by_address.get(address.strip().lower())

    def of_owner(self, owner: str | None) -> OwnMailbox | None:
        """The mailbox of a recruiter: of several the oldest active one, else the oldest that is not archived."""
        own = [each for each in self.mailboxes if owner and each.owner_id == owner and each.state is not _ARCHIVED]
        return next((each for each in own if each.state is MailboxState.ACTIVE), own[0] if own else None)

    def of_pool(self, pool: str) -> tuple[OwnMailbox, ...]:
        """The mailboxes of a pool that are not archived."""
        return tuple(each for each in self.mailboxes if each.pool == pool and each.state is not _ARCHIVED)


_ARCHIVED: Final = MailboxState.ARCHIVED
