"""What a provider's interface is asked by a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class FoundMail:
    """What came to a mailbox.

    Attributes:
        messages: the provider's ids, the oldest first as far as it can be told; none twice.
        position: from where the next look goes on.
    """

    messages: tuple[str, ...]
    position: str


class MailSource(Protocol):
    """A mailbox at its provider.

    Attributes:
        label: the provider, for people.
    """

    label: str

    async def since(self, instant: datetime) -> FoundMail:
        """All mail that came since then, sent copies and drafts left out, and a position behind none of it.

        Raises:
            RelanceError: it cannot be read now.
        """
        ...

    async def after(self, position: str) -> FoundMail:
        """All mail that came after a position.

        Raises:
            PositionLostError: the provider knows it no longer.
            RelanceError: it cannot be read now.
        """
        ...

    async def raw(self, message: str, most: int) -> bytes | None:
        """A whole mail as it came, or its first bytes; None: it was removed meanwhile.

        Raises:
            RelanceError: it cannot be read now.
        """
        ...

    async def aclose(self) -> None:
        """Closes the kept connections."""
        ...
