"""A mailbox behind the Gmail API and one behind Microsoft Graph: what readers ask for, by the published contracts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.servers.mail_http import Answer, Seen

PAGE = 2
"""Messages on a page: few, so that there are many pages."""


@dataclass
class Kept:
    """One message of a mailbox."""

    ident: str
    raw: bytes
    at: datetime
    place: str = "INBOX"
    number: int = 0


@dataclass
class FakeMailbox:
    """What both have in common.

    Attributes:
        shuffle: reorders what a page lists.
        forgotten: positions before this one are not known any more.
    """

    kept: dict[str, Kept] = field(default_factory=dict)
    number: int = 100
    forgotten: int = 0
    shuffle: Callable[[list[Any]], list[Any]] = list
    base: str = ""
    gone: set[str] = field(default_factory=set)

    def add(self, raw: bytes, at: datetime, place: str = "INBOX") -> str:
        """A mail comes."""
        self.number += 1
        ident = f"m/{self.number}="
        self.kept[ident] = Kept(ident, raw, at, place, self.number)
        return ident

    def forget(self) -> None:
        """All positions of before are too old."""
        self.forgotten = self.number + 1
        self.number += 1


class Provider(Protocol):
    """A mailbox that answers."""

    def good(self, seen: Seen) -> Answer:
        """The answer of the contract."""
        ...


class FakeGmail(FakeMailbox):
    """``users.getProfile``, ``messages.list``, ``messages.get`` and ``history.list``."""

    def good(self, seen: Seen) -> Answer:
        path = seen.path.removeprefix("/gmail/v1/users/me/")
        asked = parse_qs(urlsplit(seen.target).query)
        if path == "profile":
            return Answer(200, {"emailAddress": "dana@agency.example", "historyId": str(self.number)})
        if path == "messages":
            return self._listed(asked)
        if path == "history":
            return self._history(asked)
        ident = unquote(path.removeprefix("messages/"))
        if ident not in self.kept or ident in self.gone:
            return Answer(404, {"error": {"code": 404}})
        assert asked["format"] == ["raw"]
        return Answer(200, {"raw": base64.urlsafe_b64encode(self.kept[ident].raw).decode()})

    def _listed(self, asked: dict[str, list[str]]) -> Answer:
        query = asked["q"][0]
        assert "-in:sent" in query
        assert "-in:drafts" in query
        since = int(query.split("after:")[1].split()[0])
        found = [
            each for each in self.kept.values() if each.at.timestamp() > since and each.place in ("INBOX", "ARCHIVE")
        ]
        found.sort(key=lambda each: each.at, reverse=True)
        return self._page("messages", [{"id": each.ident, "threadId": "t"} for each in found], asked, {})

    def _history(self, asked: dict[str, list[str]]) -> Answer:
        start = int(asked["startHistoryId"][0])
        assert set(asked["historyTypes"]) == {"messageAdded", "labelAdded"}
        if start < self.forgotten:
            return Answer(404, {"error": {"code": 404, "message": "Requested entity was not found."}})
        rows = []
        for each in sorted(self.kept.values(), key=lambda one: one.number):
            if each.number > start:
                labels = {"ARCHIVE": ["Label_1"]}.get(each.place, [each.place])
                added = {"message": {"id": each.ident, "threadId": "t", "labelIds": labels}}
                rows.append({"id": str(each.number), "messagesAdded": [added]})
        return self._page("history", rows, asked, {"historyId": str(self.number)})

    def _page(self, name: str, rows: list[Any], asked: dict[str, list[str]], more: dict[str, Any]) -> Answer:
        begin = int(asked.get("pageToken", ["0"])[0])
        page = self.shuffle(rows[begin : begin + PAGE])
        body: dict[str, Any] = dict(more)
        if page:
            body[name] = page
        if begin + PAGE < len(rows):
            body["nextPageToken"] = str(begin + PAGE)
        return Answer(200, body)


class FakeGraph(FakeMailbox):
    """``messages/delta`` and ``/$value``."""

    def good(self, seen: Seen) -> Answer:
        path, asked = unquote(seen.path), parse_qs(urlsplit(seen.target).query)
        if path == "/v1.0/me/mailFolders/inbox/messages/delta":
            return self._delta(asked)
        ident = path.removeprefix("/v1.0/me/messages/").removesuffix("/$value")
        if ident not in self.kept or ident in self.gone:
            return Answer(404, {"error": {"code": "ErrorItemNotFound"}})
        assert seen.headers["prefer"].endswith('IdType="ImmutableId"')
        return Answer(200, self.kept[ident].raw)

    def _delta(self, asked: dict[str, list[str]]) -> Answer:
        state = (asked.get("$skiptoken") or asked.get("$deltatoken") or [""])[0]
        if not state:
            assert asked["changeType"] == ["created"]
            since = asked["$filter"][0].removeprefix("receivedDateTime ge ")
            state = f"0-0-{self.number}-{since}"
        begin, after, upto, since = state.split("-", 3)
        if "$deltatoken" in asked and int(after) < self.forgotten:
            return Answer(410, {"error": {"code": "syncStateNotFound"}})
        # A round that goes on by delta token sees all that came since.
        last = self.number if "$deltatoken" in asked else int(upto)
        oldest = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        rows: list[dict[str, Any]] = [
            {"id": each.ident, "isDraft": each.place == "DRAFT", "receivedDateTime": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
            for each in self.kept.values()
            if int(after) < each.number <= last and each.place in ("INBOX", "DRAFT") and each.at >= oldest
        ]
        rows.append({"id": "m/0=", "@removed": {"reason": "deleted"}})
        page = self.shuffle(rows[int(begin) : int(begin) + PAGE])
        link = f"{self.base}/v1.0/me/mailFolders/inbox/messages/delta"
        if int(begin) + PAGE < len(rows):
            following = f"{link}?$skiptoken={int(begin) + PAGE}-{after}-{last}-{since}"
            return Answer(200, {"value": page, "@odata.nextLink": following})
        return Answer(200, {"value": page, "@odata.deltaLink": f"{link}?$deltatoken=0-{last}-{last}-{since}"})
