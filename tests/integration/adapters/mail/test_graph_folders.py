"""A mailbox of Microsoft 365 is read in all folders but those of what its owner wrote or threw away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest
import pytest_asyncio

from adapters.mail.incoming.api.reader import MailboxMark
from sequences.mailboxes.folder_turn import QUIET_AT_ONCE
from tests.support.api_mailbox import NOW, Desk, desk_of, raw
from tests.support.servers.mail_apis import FakeGraph
from tests.support.servers.mail_http import Answer
from tests.support.waiting import until

FOLDERS = "/v1.0/me/mailFolders"
DELTA = f"{FOLDERS}/F%2F{{}}%3D/messages/delta"
SINCE = "changeType=created&$select=id,isDraft,receivedDateTime&$filter=receivedDateTime ge 2027-04-27T09:00:00Z"


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of(FakeGraph()) as found:
        yield found


@pytest.fixture
def graph(desk: Desk) -> FakeGraph:
    assert isinstance(desk.mailbox, FakeGraph)
    return desk.mailbox


def asked(desk: Desk) -> list[str]:
    return [unquote_plus(each.target) for each in desk.server.seen]


def rounds(desk: Desk, place: str) -> list[str]:
    return [each.target for each in desk.server.seen if each.path == DELTA.format(place)]


async def test_the_first_look_asks_exactly_this(desk: Desk, graph: FakeGraph) -> None:
    del graph.folders["F/ARCHIVE="], graph.folders["F/OUTBOX="]
    graph.folder("Offers", parent="INBOX")
    async with desk.reading():
        await until(lambda: bool(desk.marks.marks), what="a look is over")
    names = ["inbox", "junkemail", "sentitems", "drafts", "deleteditems", "outbox", "conversationhistory", "syncissues"]
    listed = "$select=id,childFolderCount,totalItemCount&$top=100"
    assert asked(desk)[:14] == [
        *(f"{FOLDERS}/{name}?$select=id" for name in names),
        f"{FOLDERS}?{listed}",
        # The stand-in lists two folders a page; the newest page and the folders below wait on one pile.
        f"{FOLDERS}?{listed}&$skip=2",
        f"{FOLDERS}?{listed}&$skip=4",
        f"{FOLDERS}/F/INBOX=/childFolders?{listed}",
        f"{FOLDERS}/F/INBOX=/messages/delta?{SINCE}",
        f"{FOLDERS}/F/SPAM=/messages/delta?{SINCE}",
    ]
    assert asked(desk)[14] == f"{FOLDERS}/F/Offers=/messages/delta?{SINCE}"
    assert {each.headers["prefer"] for each in desk.server.seen} == {'odata.maxpagesize=100, IdType="ImmutableId"'}
    for place in ("SENT", "DRAFT", "TRASH"):
        assert rounds(desk, place) == []


async def test_a_rule_that_moves_a_reply_and_folders_below_folders(desk: Desk, graph: FakeGraph) -> None:
    graph.folder("Clients", parent="INBOX")
    graph.folder("Acme", parent="Clients")
    graph.folder("Old", parent="TRASH")
    graph.folder("Unread", kind="#microsoft.graph.mailSearchFolder")
    graph.add(raw(1), NOW, "Acme")
    graph.add(raw(2), NOW, "Old")
    graph.add(raw(3), NOW, "Unread")
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        assert desk.stored == [raw(1)]
        graph.add(raw(4), NOW, "Acme")
        graph.add(raw(5), NOW, "SPAM")
        await desk.looked(reader)
        assert sorted(desk.stored) == [raw(1), raw(4), raw(5)]
        moved = graph.add(raw(6), NOW)
        await desk.looked(reader)
        graph.move(moved, "Clients")
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(1), raw(4), raw(5), raw(6)]


async def test_folders_appear_and_disappear(desk: Desk, graph: FakeGraph) -> None:
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        graph.folder("Offers", parent="INBOX")
        graph.add(raw(1), NOW, "Offers")
        await desk.looked(reader)
        assert desk.stored == [raw(1)]
        del graph.folders["F/Offers="]
        await desk.looked(reader)
        (mark,) = desk.marks.marks.values()
        assert "Offers" not in mark.position
        graph.folder("Offers", parent="INBOX")
        graph.add(raw(2), NOW, "Offers")
        await desk.looked(reader)
    assert desk.stored == [raw(1), raw(2)]
    assert not any(desk.told)


async def test_a_folder_that_disappears_between_the_list_and_its_round(desk: Desk, graph: FakeGraph) -> None:
    graph.folder("Offers")
    graph.add(raw(1), NOW)
    desk.server.script(Answer(404, {"error": {"code": "ErrorItemNotFound"}}), path=DELTA.format("Offers"))
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    assert desk.stored == [raw(1)]
    assert not any(desk.told)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (410, "syncStateNotFound"),
        (410, "SyncStateNotFound"),
        (410, "resyncRequired"),
        (400, "ErrorSyncStateInvalid"),
        (404, "ErrorItemNotFound"),
    ],
)
async def test_one_folder_whose_position_was_forgotten(
    desk: Desk, graph: FakeGraph, caplog: pytest.LogCaptureFixture, status: int, code: str
) -> None:
    graph.folder("Offers")
    graph.add(raw(1), NOW, "Offers")
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    graph.add(raw(2), NOW, "Offers")
    graph.add(raw(3), NOW)
    desk.server.seen.clear()
    desk.server.script(Answer(status, {"error": {"code": code, "message": "no"}}), path=DELTA.format("Offers"))
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(1), raw(2), raw(3)]
    # That folder alone is read by date, and then by its changes again.
    filtered = [each for each in desk.server.seen if "filter" in each.target]
    assert {each.path for each in filtered} == {DELTA.format("Offers")}
    assert "$deltatoken" in rounds(desk, "Offers")[-1]
    assert caplog.text.count("has forgotten how far it was read") == 1
    assert not any(desk.told)


async def test_a_bad_request_is_no_lost_position(desk: Desk, graph: FakeGraph) -> None:
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        desk.server.script(Answer(400, {"error": {"code": "BadRequest"}}), path=DELTA.format("INBOX"))
        await until(lambda: any(desk.told), what="it is told")
    assert "does not let us read the mailbox (400)" in next(filter(None, desk.told))


async def test_a_position_that_nobody_understands_is_read_by_date(desk: Desk, graph: FakeGraph) -> None:
    graph.add(raw(1), NOW - timedelta(days=3), "SPAM")
    graph.add(raw(2), NOW)
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    (key,) = desk.marks.marks
    desk.marks.marks[key] = MailboxMark("https://graph.example/a-link", NOW)
    desk.stored.clear()
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    # Both once more: whoever stores them recognises them.
    assert sorted(desk.stored) == [raw(1), raw(2)]


async def test_a_large_mailbox_goes_on_where_it_was_asked_to_wait(desk: Desk, graph: FakeGraph) -> None:
    for number in range(30):
        graph.folder(f"Deal{number}")
    graph.add(raw(1), NOW, "Deal3")
    graph.add(raw(2), NOW, "Deal29")
    busy = Answer(429, {"error": {"code": "ApplicationThrottled"}}, {"Retry-After": "1200"})
    desk.server.script(busy, path=DELTA.format("Deal25"))
    async with desk.reading():
        await until(lambda: any(desk.told), what="it is asked to wait")
        (mark,) = desk.marks.marks.values()
        # Until all folders were read once, the next look must go back as far as this one.
        assert mark.read_until == NOW - timedelta(days=7)
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        (mark,) = desk.marks.marks.values()
        assert mark.read_until == NOW
    assert sorted(desk.stored) == [raw(1), raw(2)]
    assert sum("filter" in each for each in rounds(desk, "Deal3")) == 1
    assert sum("filter" in each for each in rounds(desk, "Deal24")) == 1


async def test_quiet_folders_are_read_in_turn(desk: Desk, graph: FakeGraph) -> None:
    for number in range(3 * QUIET_AT_ONCE):
        graph.folder(f"Deal{number}")
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    desk.server.seen.clear()
    async with desk.reading(poll=600.0) as (reader,):
        await until(lambda: reader.looks == 1, what="it has looked")
    deltas = [each.path for each in desk.server.seen if each.path.endswith("/delta")]
    # The inbox, the junk, and so many of the others.
    assert len(set(deltas)) == 2 + QUIET_AT_ONCE
    assert {DELTA.format("INBOX"), DELTA.format("SPAM")} <= set(deltas)
