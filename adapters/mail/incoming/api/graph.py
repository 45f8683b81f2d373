"""A folder of Microsoft 365, by its changes.

Contract: https://learn.microsoft.com/en-us/graph/api/message-delta, .../delta-query-messages and
.../outlook-get-mime-message.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from adapters.mail.incoming.api.asking import PositionLostError, ReadingError
from adapters.mail.incoming.api.source import FoundMail

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.incoming.api.asking import MailboxAsking

_PREFER: Final = {"Prefer": 'odata.maxpagesize=100, IdType="ImmutableId"'}
_ME: Final = "/v1.0/me"
_GONE: Final = frozenset({404, 410})


class GraphSource:
    """Reads one folder.

    Args:
        asking: with the mailbox's token.
        folder: a well-known name such as ``inbox``, or an id.
    """

    label = "Microsoft Graph"

    def __init__(self, asking: MailboxAsking, folder: str = "inbox") -> None:
        self._asking = asking
        self._folder = quote(folder, safe="")

    async def since(self, instant: datetime) -> FoundMail:
        """The first round: all of the folder since then. The link at its end is the position."""
        asked = {
            "changeType": "created",
            "$select": "id,isDraft,receivedDateTime",
            "$filter": f"receivedDateTime ge {instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        try:
            return await self._round(f"{_ME}/mailFolders/{self._folder}/messages/delta?{urlencode(asked)}")
        except PositionLostError:
            raise ReadingError("Microsoft Graph knows no such mailbox or folder") from None

    async def after(self, position: str) -> FoundMail:
        """A later round: the position is its address."""
        return await self._round(position)

    async def raw(self, message: str, most: int) -> bytes | None:
        """The MIME of a message."""
        path = f"{_ME}/messages/{quote(message, safe='')}/$value"
        page = await self._asking.get(path, headers=_PREFER, seen=frozenset({404}), most=most, cut=True)
        return page.body if page.status == 200 else None

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._asking.aclose()

    async def _round(self, address: str) -> FoundMail:
        received: dict[str, str] = {}
        while True:
            page = await self._asking.get(address, headers=_PREFER, seen=_GONE)
            if page.status in _GONE:
                raise PositionLostError
            found = page.found
            for each in found.get("value") or ():
                if isinstance(each, dict) and each.get("id") and "@removed" not in each and not each.get("isDraft"):
                    received.setdefault(str(each["id"]), str(each.get("receivedDateTime") or ""))
            if following := found.get("@odata.nextLink"):
                address = str(following)
                continue
            position = found.get("@odata.deltaLink")
            if not isinstance(position, str) or not position:
                raise ReadingError("Microsoft Graph does not say from where the next look goes on")
            return FoundMail(tuple(sorted(received, key=lambda one: received[one])), position)
