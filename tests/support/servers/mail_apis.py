"""A mailbox behind the Gmail API and one behind Microsoft Graph: what readers ask for, by the published contracts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

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
        assert "-in:trash" in query
        # Without it Gmail lists neither.
        assert asked["includeSpamTrash"] == ["true"]
        since = int(query.split("after:")[1].split()[0])
        read = ("INBOX", "ARCHIVE", "SPAM")
        found = [each for each in self.kept.values() if each.at.timestamp() > since and each.place in read]
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


@dataclass
class Folder:
    """A folder of Microsoft 365.

    Attributes:
        well_known: its name for who does not know its id; empty: a person made it.
        parent: id of the folder that it lies in; empty: none.
        kind: ``@odata.type``, where the answer has one.
    """

    well_known: str = ""
    parent: str = ""
    kind: str = ""


_OF_EXCHANGE = {
    "INBOX": "inbox",
    "SPAM": "junkemail",
    "ARCHIVE": "archive",
    "SENT": "sentitems",
    "DRAFT": "drafts",
    "TRASH": "deleteditems",
    "OUTBOX": "outbox",
}


def _folders_of_exchange() -> dict[str, Folder]:
    return {f"F/{place}=": Folder(name) for place, name in _OF_EXCHANGE.items()}


_MESSAGES = "/messages/delta"


@dataclass
class FakeGraph(FakeMailbox):
    """``mailFolders``, ``childFolders``, ``messages/delta`` of each folder and ``/$value``.

    Attributes:
        folders: by id. A mail of ``place`` lies in the folder ``F/place=``, as the id of a real one has such signs.
        subscriptions: that were asked for.
        renewed: how often one was renewed.
        ended: ids of those that were ended, with the token.
        lost: how Graph says that it has forgotten a position.
    """

    folders: dict[str, Folder] = field(default_factory=_folders_of_exchange)
    subscriptions: list[Any] = field(default_factory=list)
    renewed: int = 0
    ended: list[tuple[str, str]] = field(default_factory=list)
    lost: Answer = field(default_factory=lambda: Answer(410, {"error": {"code": "syncStateNotFound"}}))

    def folder(self, place: str, parent: str = "", kind: str = "") -> None:
        """Somebody makes a folder."""
        self.folders[f"F/{place}="] = Folder(parent=f"F/{parent}=" if parent else "", kind=kind)

    def move(self, ident: str, place: str) -> None:
        """A message is moved: for its new folder that is a new one, with the same immutable id and the same date."""
        self.number += 1
        self.kept[ident].place, self.kept[ident].number = place, self.number

    def good(self, seen: Seen) -> Answer:
        if seen.path.startswith("/v1.0/subscriptions"):
            return self._subscribed(seen)
        # Of an id that holds a slash, the path has %2F.
        path, asked = seen.path, parse_qs(urlsplit(seen.target).query)
        assert seen.headers["prefer"] == 'odata.maxpagesize=100, IdType="ImmutableId"'
        if path == "/v1.0/me/mailFolders":
            return self._listed("", asked)
        if path.startswith("/v1.0/me/mailFolders/"):
            name, _, more = path.removeprefix("/v1.0/me/mailFolders/").partition("/")
            return self._of_folder(unquote(name), f"/{more}" if more else "", asked)
        ident = unquote(path).removeprefix("/v1.0/me/messages/").removesuffix("/$value")
        if ident not in self.kept or ident in self.gone:
            return Answer(404, {"error": {"code": "ErrorItemNotFound"}})
        return Answer(200, self.kept[ident].raw)

    def _subscribed(self, seen: Seen) -> Answer:
        if seen.method == "DELETE":
            self.ended.append((seen.path.removeprefix("/v1.0/subscriptions/"), seen.headers["authorization"]))
            return Answer(204)
        if seen.method == "POST":
            self.subscriptions.append(seen.json)
        else:
            self.renewed += 1
        ends = seen.json["expirationDateTime"]
        return Answer(201 if seen.method == "POST" else 200, {"id": "s1", "expirationDateTime": ends})

    def _of_folder(self, name: str, more: str, asked: dict[str, list[str]]) -> Answer:
        named = [ident for ident, each in self.folders.items() if name in (ident, each.well_known)]
        if not named:
            return Answer(404, {"error": {"code": "ErrorItemNotFound"}})
        if not more:
            assert asked == {"$select": ["id"]}
            return Answer(200, {"id": named[0]})
        return self._listed(named[0], asked) if more == "/childFolders" else self._delta(named[0], asked)

    def _listed(self, parent: str, asked: dict[str, list[str]]) -> Answer:
        assert asked["$select"] == ["id,childFolderCount,totalItemCount"]
        assert asked["$top"] == ["100"]
        rows: list[dict[str, Any]] = [
            {
                "id": ident,
                "childFolderCount": sum(one.parent == ident for one in self.folders.values()),
                "totalItemCount": sum(f"F/{one.place}=" == ident for one in self.kept.values()),
            }
            | ({"@odata.type": each.kind} if each.kind else {})
            for ident, each in self.folders.items()
            if each.parent == parent
        ]
        begin = int(asked.get("$skip", ["0"])[0])
        body: dict[str, Any] = {"value": rows[begin : begin + PAGE]}
        if begin + PAGE < len(rows):
            where = f"/{quote(parent, safe='')}/childFolders" if parent else ""
            more = urlencode({"$select": asked["$select"][0], "$top": "100", "$skip": str(begin + PAGE)})
            body["@odata.nextLink"] = f"{self.base}/v1.0/me/mailFolders{where}?{more}"
        return Answer(200, body)

    def _delta(self, folder: str, asked: dict[str, list[str]]) -> Answer:
        state = (asked.get("$skiptoken") or asked.get("$deltatoken") or [""])[0]
        if not state:
            assert asked["changeType"] == ["created"]
            assert asked["$select"] == ["id,isDraft,receivedDateTime"]
            since = asked["$filter"][0].removeprefix("receivedDateTime ge ")
            state = f"0-0-{self.number}-{since}"
        begin, after, upto, since = state.split("-", 3)
        if "$deltatoken" in asked and int(after) < self.forgotten:
            return self.lost
        # A round that goes on by delta token sees all that came since.
        last = self.number if "$deltatoken" in asked else int(upto)
        oldest = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        # A draft may lie anywhere.
        places = ("INBOX", "DRAFT") if folder == "F/INBOX=" else (folder.removeprefix("F/").removesuffix("="),)
        rows: list[dict[str, Any]] = [
            {"id": each.ident, "isDraft": each.place == "DRAFT", "receivedDateTime": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"}
            for each in self.kept.values()
            if int(after) < each.number <= last and each.place in places and each.at >= oldest
        ]
        rows.append({"id": "m/0=", "@removed": {"reason": "deleted"}})
        page = self.shuffle(rows[int(begin) : int(begin) + PAGE])
        link = f"{self.base}/v1.0/me/mailFolders/{quote(folder, safe='')}{_MESSAGES}"
        if int(begin) + PAGE < len(rows):
            following = f"{link}?$skiptoken={int(begin) + PAGE}-{after}-{last}-{since}"
            return Answer(200, {"value": page, "@odata.nextLink": following})
        return Answer(200, {"value": page, "@odata.deltaLink": f"{link}?$deltatoken=0-{last}-{last}-{since}"})
