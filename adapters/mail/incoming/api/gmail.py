"""A mailbox of Gmail, by its history.

Contract: https://developers.google.com/workspace/gmail/api/guides/sync and .../reference/rest/v1/users.history/list,
users.messages/list, users.messages/get (``format=raw``), users/getProfile.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from adapters.mail.incoming.api.asking import ReadingError
from adapters.mail.incoming.api.source import FoundMail

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator
    from datetime import datetime

    from adapters.mail.incoming.api.asking import MailboxAsking

_ME: Final = "/gmail/v1/users/me"
_INBOX: Final = "INBOX"
_NOT_READ: Final = frozenset({"SENT", "DRAFT", "CHAT", "TRASH"})
_QUERY: Final = "-in:sent -in:drafts -in:chats -in:trash"
_RAW: Final = re.compile(rb'"raw"\s*:\s*"([A-Za-z0-9_=-]*)')
_GONE: Final = frozenset({404})


class _HistoryGoneError(Exception):
    """Gmail no longer knows the position."""


class GmailSource:
    """Reads all of a mailbox but sent mail, drafts, chats and the bin.

    A filter of its owner may file answers anywhere, and Gmail takes some for spam.

    Args:
        asking: with the mailbox's token.
    """

    label = "Gmail"

    def __init__(self, asking: MailboxAsking) -> None:
        self._asking = asking

    async def check(self) -> None:
        """Asks how far its history goes."""
        await self._now()

    async def since(self, instant: datetime) -> AsyncGenerator[FoundMail]:
        """By date; ``after:`` takes seconds. The position is asked for first: what comes meanwhile is found twice."""
        yield await self._since(instant)

    async def after(self, position: str, instant: datetime) -> AsyncGenerator[FoundMail]:
        """By history: mail that was added, or that came out of the spam or the archive into the inbox."""
        try:
            found = await self._after(position)
        except _HistoryGoneError:
            found = replace(await self._since(instant), forgotten=True)
        yield found

    async def _since(self, instant: datetime) -> FoundMail:
        position = await self._now()
        asked = {"q": f"after:{int(instant.timestamp())} {_QUERY}", "includeSpamTrash": "true", "maxResults": "500"}
        messages: list[str] = []
        try:
            async for page in self._pages(f"{_ME}/messages", asked):
                messages += [str(each["id"]) for each in _list(page, "messages")]
        except _HistoryGoneError:
            raise ReadingError("Gmail knows no such mailbox") from None
        # The newest are first.
        return FoundMail(tuple(dict.fromkeys(reversed(messages))), position)

    async def _after(self, position: str) -> FoundMail:
        asked = {"startHistoryId": position, "historyTypes": ["messageAdded", "labelAdded"], "maxResults": "500"}
        messages: list[str] = []
        async for page in self._pages(f"{_ME}/history", asked):
            for change in _list(page, "history"):
                messages += _added(change)
            position = _position(page)
        return FoundMail(tuple(dict.fromkeys(messages)), position)

    async def _now(self) -> str:
        return _position((await self._asking.get(f"{_ME}/profile")).found)

    async def raw(self, message: str, most: int) -> bytes | None:
        """In base64 within JSON; of a longer mail the beginning is decoded."""
        path = f"{_ME}/messages/{quote(message, safe='')}?format=raw&fields=raw"
        page = await self._asking.get(path, seen=_GONE, most=most * 4 // 3 + 1000, cut=True)
        if page.status == 404:
            return None
        found = _RAW.search(page.body)
        if found is None:
            raise ReadingError("Gmail sent an invalid answer")
        text = found[1].rstrip(b"=")
        whole = text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text + b"=" * (-len(text) % 4)
        return base64.urlsafe_b64decode(whole)[:most]

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._asking.aclose()

    async def _pages(self, path: str, asked: dict[str, Any]) -> Any:
        token = ""
        while True:
            more = {"pageToken": token} if token else {}
            page = await self._asking.get(f"{path}?{urlencode(asked | more, doseq=True)}", seen=_GONE)
            if page.status == 404:
                raise _HistoryGoneError
            found = page.found
            yield found
            token = str(found.get("nextPageToken") or "")
            if not token:
                return


def _added(change: dict[str, Any]) -> Iterator[str]:
    for each in _list(change, "messagesAdded"):
        message = each.get("message") or {}
        labels = set(message.get("labelIds") or ())
        if message.get("id") and (_INBOX in labels or not labels & _NOT_READ):
            yield str(message["id"])
    for each in _list(change, "labelsAdded"):
        if _INBOX in (each.get("labelIds") or ()) and (each.get("message") or {}).get("id"):
            yield str(each["message"]["id"])


def _list(found: dict[str, Any], name: str) -> Iterable[dict[str, Any]]:
    value = found.get(name) or ()
    return [each for each in value if isinstance(each, dict)]


def _position(found: dict[str, Any]) -> str:
    position = str(found.get("historyId") or "")
    if not position.isdigit():
        raise ReadingError("Gmail does not say how far its history goes")
    return position
