"""What a provider is asked so that it tells of new mail. What it tells wakes the reader; none of it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Pushing:
    """What a provider agreed to.

    Attributes:
        subscription: its id of it; empty where it has none.
        ends_at: until when it tells of new mail (UTC).
    """

    subscription: str
    ends_at: datetime


class MailPush(Protocol):
    """A mailbox whose provider tells of new mail.

    Attributes:
        address: where it tells; what was agreed for another address is of no use.
    """

    address: str

    async def begin(self, secret: str) -> Pushing:
        """Asks for it anew.

        Args:
            secret: comes back with what is told, where the provider can do that.

        Raises:
            RelanceError: it is refused, or the provider does not answer.
        """
        ...

    async def renew(self, subscription: str) -> Pushing | None:
        """Asks that it goes on; None: the provider does not know it any more.

        Raises:
            RelanceError: as of ``begin``.
        """
        ...

    async def end(self, subscription: str) -> None:
        """Asks that it ends; one that the provider does not know any more has ended.

        Raises:
            RelanceError: as of ``begin``.
        """
        ...
