"""Microsoft Graph tells of new mail: a subscription to the messages of a mailbox.

Contract: https://learn.microsoft.com/en-us/graph/api/subscription-post-subscriptions, .../subscription-update,
.../subscription-delete and .../change-notifications-delivery-webhooks; lifecycle notifications come to the same address
(.../change-notifications-lifecycle-events). A subscription to messages lasts 10,080 minutes at most.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from adapters.mail.incoming.api.asking import ReadingError
from adapters.mail.incoming.api.push import Pushing

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.mail.incoming.api.asking import ApiAnswer, MailboxAsking

_SUBSCRIPTIONS: Final = "/v1.0/subscriptions"
_LASTS: Final = timedelta(days=3)
"""Less than Microsoft allows: what nobody renews is over soon."""


class GraphPush:
    """Subscribes to the messages of all folders.

    Args:
        asking: with the mailbox's token.
        address: of ours, with ``https``, to which Graph posts.
        clock: UTC.
    """

    def __init__(self, asking: MailboxAsking, address: str, clock: Callable[[], datetime]) -> None:
        self.address = address
        self._asking = asking
        self._clock = clock

    async def begin(self, secret: str) -> Pushing:
        """Graph asks our address for a proof before it answers."""
        asked = {
            "changeType": "created",
            "notificationUrl": self.address,
            "lifecycleNotificationUrl": self.address,
            "resource": "/me/messages",
            "expirationDateTime": self._until(),
            "clientState": secret,
        }
        return _pushing(await self._asking.change("POST", _SUBSCRIPTIONS, asked, seen=frozenset({201})))

    async def renew(self, subscription: str) -> Pushing | None:
        """It also answers ``reauthorizationRequired``: the token of the request is looked at anew."""
        path = f"{_SUBSCRIPTIONS}/{quote(subscription, safe='')}"
        asked = {"expirationDateTime": self._until()}
        page = await self._asking.change("PATCH", path, asked, seen=frozenset({404}))
        return _pushing(page) if page.status != 404 else None

    async def end(self, subscription: str) -> None:
        """DELETE; 404: it has ended."""
        path = f"{_SUBSCRIPTIONS}/{quote(subscription, safe='')}"
        await self._asking.change("DELETE", path, None, seen=frozenset({204, 404}))

    def _until(self) -> str:
        return f"{(self._clock() + _LASTS).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _pushing(page: ApiAnswer) -> Pushing:
    found = page.found
    subscription, until = found.get("id"), found.get("expirationDateTime")
    try:
        ends_at = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        ends_at = None
    if not isinstance(subscription, str) or not subscription or ends_at is None or ends_at.tzinfo is None:
        raise ReadingError("Microsoft Graph sent an invalid answer")
    return Pushing(subscription, ends_at.astimezone(UTC))
