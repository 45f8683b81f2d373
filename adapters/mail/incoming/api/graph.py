"""A mailbox of Microsoft 365, folder by folder, by the changes of each.

Contract: https://learn.microsoft.com/en-us/graph/api/message-delta, .../delta-query-messages,
.../user-list-mailfolders, .../mailfolder-list-childfolders and .../outlook-get-mime-message. There are no changes of a
whole mailbox: Graph tells those of one folder.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from adapters.mail.incoming.api.asking import ReadingError
from adapters.mail.incoming.api.source import FoundMail
from sequences.errors import RelanceError
from sequences.mailboxes.folder_turn import folders_in_turn

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.incoming.api.asking import ApiAnswer, MailboxAsking

_PREFER: Final = {"Prefer": 'odata.maxpagesize=100, IdType="ImmutableId"'}
_ME: Final = "/v1.0/me"
_FOLDERS: Final = f"{_ME}/mailFolders"
_INBOX: Final = "inbox"
_FIRST: Final = (_INBOX, "junkemail")
"""Read in each look, by their well-known names; their ids differ from mailbox to mailbox."""
_NOT_READ: Final = ("sentitems", "drafts", "deleteditems", "outbox", "conversationhistory", "syncissues")
"""What the owner wrote or threw away, chats, and what Outlook notes for itself; with the folders below them."""
_LISTED: Final = urlencode({"$select": "id,childFolderCount,totalItemCount", "$top": "100"}, safe="$,")
_SEARCH: Final = "#microsoft.graph.mailSearchFolder"
"""A search that is shown as a folder: what it holds lies elsewhere."""
_LOST: Final = frozenset({400, 404, 410})
_PART: Final = 20
"""After so many folders without mail the position is kept all the same."""


@dataclass(frozen=True)
class _Kept:
    """How far a folder was read.

    Attributes:
        link: address of its next round.
        count: messages in it then.
    """

    link: str
    count: int


class _LinkLostError(Exception):
    """Graph no longer knows the address of a round, or the folder."""


class GraphSource:
    """Reads all folders of a mailbox but what its owner wrote or threw away.

    A rule of the owner may file answers anywhere, and Exchange takes some for junk. Folders come and go: the list is
    asked for in each look. A new one is read by date, one that is gone is forgotten.

    Args:
        asking: with the mailbox's token.
    """

    label = "Microsoft Graph"

    def __init__(self, asking: MailboxAsking) -> None:
        self._asking = asking
        self._ids: dict[str, str] = {}

    async def check(self) -> None:
        """Asks for the inbox."""
        await self._known()

    async def since(self, instant: datetime) -> AsyncGenerator[FoundMail]:
        """The first round of each folder. The links at their ends are the position."""
        async for part in self._read({}, instant):
            yield part

    async def after(self, position: str, instant: datetime) -> AsyncGenerator[FoundMail]:
        """A later round of each folder in turn."""
        async for part in self._read(_kept(position), instant):
            yield part

    async def raw(self, message: str, most: int) -> bytes | None:
        """The MIME of a message."""
        path = f"{_ME}/messages/{quote(message, safe='')}/$value"
        page = await self._asking.get(path, headers=_PREFER, seen=frozenset({404}), most=most, cut=True)
        return page.body if page.status == 200 else None

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._asking.aclose()

    async def _read(self, kept: dict[str, _Kept], instant: datetime) -> AsyncGenerator[FoundMail]:
        ids = await self._known()
        there = await self._there({ids[name] for name in _NOT_READ})
        kept = {folder: one for folder, one in kept.items() if folder in there}
        first = [ids[name] for name in _FIRST]
        read = 0
        for folder in folders_in_turn(there, {name: one.count for name, one in kept.items()}, first):
            try:
                messages, link, forgotten = await self._changes(folder, kept.get(folder), instant)
            except RelanceError:
                if read:
                    # Of a large mailbox a look may be cut short each time: it goes on from here.
                    yield FoundMail((), _position(kept), is_last=False)
                raise
            kept.pop(folder, None)
            if link:
                kept[folder] = _Kept(link, there[folder])
            read += 1
            if messages or forgotten or read == _PART:
                read = 0
                yield FoundMail(messages, _position(kept), is_last=False, forgotten=forgotten)
        yield FoundMail((), _position(kept))

    async def _changes(
        self, folder: str, kept: _Kept | None, instant: datetime
    ) -> tuple[tuple[str, ...], str | None, bool]:
        """What came to a folder, the link of its next round (None: it is gone), and whether the last was forgotten."""
        if kept is not None:
            try:
                return *await self._round(kept.link), False
            except _LinkLostError:
                pass
        asked = {
            "changeType": "created",
            "$select": "id,isDraft,receivedDateTime",
            "$filter": f"receivedDateTime ge {instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        try:
            path = f"{_FOLDERS}/{quote(folder, safe='')}/messages/delta?{urlencode(asked)}"
            return *await self._round(path), kept is not None
        except _LinkLostError:
            return (), None, False

    async def _round(self, address: str) -> tuple[tuple[str, ...], str]:
        received: dict[str, str] = {}
        while True:
            page = await self._asking.get(address, headers=_PREFER, seen=_LOST)
            if page.status != 200:
                raise _lost(page)
            found = page.found
            for each in _objects(found):
                if each.get("id") and "@removed" not in each and not each.get("isDraft"):
                    received.setdefault(str(each["id"]), str(each.get("receivedDateTime") or ""))
            if following := found.get("@odata.nextLink"):
                address = str(following)
                continue
            position = found.get("@odata.deltaLink")
            if not isinstance(position, str) or not position:
                raise ReadingError("Microsoft Graph does not say from where the next look goes on")
            return tuple(sorted(received, key=lambda one: received[one])), position

    async def _known(self) -> dict[str, str]:
        """The ids of the well-known folders, empty for one that the mailbox lacks. They never change."""
        if not self._ids:
            found: dict[str, str] = {}
            for name in (*_FIRST, *_NOT_READ):
                page = await self._asking.get(f"{_FOLDERS}/{name}?$select=id", headers=_PREFER, seen=frozenset({404}))
                if page.status == 404 and name == _INBOX:
                    raise ReadingError("Microsoft Graph knows no such mailbox")
                ident = page.found.get("id") if page.status == 200 else ""
                if not isinstance(ident, str) or (page.status == 200 and not ident):
                    raise ReadingError("Microsoft Graph sent an invalid answer")
                found[name] = ident
            self._ids = found
        return self._ids

    async def _there(self, aside: set[str]) -> dict[str, int]:
        """The folders that are read, those below others included, with how many messages each holds."""
        there: dict[str, int] = {}
        root = f"{_FOLDERS}?{_LISTED}"
        waiting = [root]
        while waiting:
            address = waiting.pop()
            # One that was removed after its parent was listed.
            gone: frozenset[int] = frozenset({404}) if address != root else frozenset()
            page = await self._asking.get(address, headers=_PREFER, seen=gone)
            found = page.found if page.status == 200 else {}
            for each in _objects(found):
                ident = str(each.get("id") or "")
                if not ident or ident in aside or ident in there or each.get("@odata.type") == _SEARCH:
                    continue
                there[ident] = _number(each.get("totalItemCount"))
                if _number(each.get("childFolderCount")):
                    waiting.append(f"{_FOLDERS}/{quote(ident, safe='')}/childFolders?{_LISTED}")
            if following := found.get("@odata.nextLink"):
                waiting.append(str(following))
        return there


def _kept(position: str) -> dict[str, _Kept]:
    try:
        found = json.loads(position)["folders"]
        return {str(folder): _Kept(str(link), int(count)) for folder, link, count in found}
    except (ValueError, KeyError, TypeError):
        # Nobody can say what it covers: all of the mailbox is read by date.
        return {}


def _position(kept: dict[str, _Kept]) -> str:
    """The one that was read longest ago is first."""
    return json.dumps({"folders": [[folder, one.link, one.count] for folder, one in kept.items()]})


def _lost(page: ApiAnswer) -> Exception:
    """404 and 410, and a 400 that says so (``syncStateNotFound``, ``resyncRequired``), are no errors of ours."""
    if page.status != 400:
        return _LinkLostError()
    try:
        error: Any = page.found.get("error")
    except ReadingError:
        error = None
    code = str(error.get("code") or "").lower() if isinstance(error, dict) else ""
    if "syncstate" in code or "resync" in code:
        return _LinkLostError()
    return ReadingError("Microsoft Graph does not let us read the mailbox (400)")


def _objects(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    value = found.get("value")
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
