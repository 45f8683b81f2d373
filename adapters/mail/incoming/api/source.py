"""What a provider's interface is asked by a reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime


@dataclass(frozen=True)
class FoundMail:
    """What came to a mailbox, or to a part of it.

    Attributes:
        messages: the provider's ids, the oldest first as far as it can be told; none twice.
        position: from where the next look goes on once these are stored.
        is_last: whether the look ends with it; after any other one, parts of the mailbox are still to be read.
        forgotten: the provider no longer knew how far this part was read, and it was looked for by date.
    """

    messages: tuple[str, ...]
    position: str
    is_last: bool = True
    forgotten: bool = False


class MailSource(Protocol):
    """A mailbox at its provider. Read is all but what its owner wrote or threw away.

    Attributes:
        label: the provider, for people.
    """

    label: str

    async def check(self) -> None:
        """Asks for something small.

        Raises:
            RelanceError: it cannot be read now.
        """
        ...

    def since(self, instant: datetime) -> AsyncGenerator[FoundMail]:
        """All mail that came since then, part by part, and positions behind none of it.

        Raises:
            RelanceError: it cannot be read now.
        """
        ...

    def after(self, position: str, instant: datetime) -> AsyncGenerator[FoundMail]:
        """All mail that came after a position, part by part.

        Args:
            position: of an earlier look.
            instant: since when that is read by date which the position does not cover: what the provider has
                forgotten, and folders that are new.

        Raises:
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
