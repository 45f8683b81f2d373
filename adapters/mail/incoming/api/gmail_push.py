"""Gmail tells of new mail: a watch on the mailbox, by a topic of Google's Pub/Sub.

Contract: https://developers.google.com/workspace/gmail/api/guides/push, .../reference/rest/v1/users/watch and
.../users/stop. A watch lasts seven days, and Google asks to renew it each day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.mail.incoming.api.asking import ReadingError
from adapters.mail.incoming.api.push import Pushing

if TYPE_CHECKING:
    from adapters.mail.incoming.api.asking import MailboxAsking

_WATCH: Final = "/gmail/v1/users/me/watch"
_STOP: Final = "/gmail/v1/users/me/stop"


class GmailPush:
    """Watches all of a mailbox but what is not read of it.

    Args:
        asking: with the mailbox's token.
        topic: of Pub/Sub, which Gmail may publish to.
    """

    def __init__(self, asking: MailboxAsking, topic: str) -> None:
        self.address = topic
        self._asking = asking

    async def begin(self, secret: str) -> Pushing:
        """``secret`` is of no use: posts of Pub/Sub are signed by Google."""
        del secret
        asked = {
            "topicName": self.address,
            "labelIds": ["SENT", "DRAFT", "CHAT", "TRASH"],
            "labelFilterBehavior": "EXCLUDE",
        }
        found = (await self._asking.change("POST", _WATCH, asked)).found
        try:
            ends_at = datetime.fromtimestamp(int(found["expiration"]) / 1000, UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise ReadingError("Gmail sent an invalid answer") from None
        return Pushing("", ends_at)

    async def renew(self, subscription: str) -> Pushing | None:
        """The same request again: a mailbox has one watch."""
        return await self.begin(subscription)

    async def end(self, subscription: str) -> None:
        """A mailbox has one watch: ours, unless another program of the same client has asked since."""
        del subscription
        await self._asking.change("POST", _STOP, None, seen=frozenset({204}))
