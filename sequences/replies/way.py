"""How a reply reaches the owner: as a mail, as a notification, or not at all; and who must never get one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from sequences.email_address import email_key, email_problem

RepliesBy = Literal["forward", "notify", "none"]
"""``forward``: the reply itself, by mail; ``notify``: a notification; ``none``: the list of replies only."""

JUDGED_WITHIN: Final = timedelta(minutes=2)
"""A reply that the model has not judged by then is passed on without its judgement."""

MARK: Final = "X-Relance-Reply"
"""The header of a forwarded reply. Its token says that we made it: such a mail is nobody's reply, by whatever way it
comes back to us."""

REPLIED: Final = "replied"
"""Kind of the notification."""


def way_of(sequence: RepliesBy | None, owner: RepliesBy | None, organisation: RepliesBy) -> RepliesBy:
    """What counts: the key of the sequence, else the setting of the owner, else that of the organisation.

    >>> way_of(None, "notify", "forward")
    'notify'
    """
    return sequence or owner or organisation


@dataclass(frozen=True)
class OwnAddresses:
    """Addresses that lead back to us.

    Attributes:
        domain: of signed reply addresses.
        addresses: the organisation's sender, and mailboxes that we read.
    """

    domain: str
    addresses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, domain: str, addresses: Collection[str]) -> OwnAddresses:
        """From what the settings say. The user of a mailbox that is no address is nobody's."""
        return cls(domain.lower(), frozenset(email_key(each) for each in addresses if "@" in each))

    def __contains__(self, address: object) -> bool:
        key = email_key(str(address))
        return key in self.addresses or key.rpartition("@")[2] == self.domain


WROTE_IT: Final = "the owner wrote it"


def why_not_forwarded(owner: str | None, author: str | None, recipient: str | None, own: OwnAddresses) -> str | None:
    """Why a reply is not forwarded to an owner, or None.

    Args:
        owner: their address, or None.
        author: who wrote the reply: an address or a number, or None.
        recipient: whom we had written to, or None.
        own: addresses that lead back to us.
    """
    if not (owner or "").strip():
        return "the owner has no e-mail address"
    assert owner is not None
    if email_problem(owner) is not None:
        return "the owner's e-mail address is malformed"
    if owner in own:
        return "the owner's address is one that Relance itself reads"
    if email_key(owner) in {email_key(each) for each in (author, recipient) if each and "@" in each}:
        return WROTE_IT
    return None
