"""Mailboxes read by the Gmail API and Microsoft Graph: every mail once, none lost, whatever the provider does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.incoming.api.reader import ApiReader
from adapters.postgres.database import Database
from adapters.postgres.watermarks import PostgresMailboxMarks
from tests.support.api_mailbox import ADDRESS, NOW, Desk, OutageError, desk_of, raw
from tests.support.servers.mail_apis import FakeGmail, FakeGraph
from tests.support.servers.mail_http import DROP, GARBAGE, Answer, MailHttp
from tests.support.waiting import until


@pytest_asyncio.fixture(params=[FakeGmail, FakeGraph], ids=["gmail", "graph"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with desk_of(request.param()) as found:
        yield found


async def test_a_new_mailbox_and_what_comes_after(desk: Desk) -> None:
    desk.mailbox.add(raw(0), NOW - timedelta(days=8))
    for number in range(1, 6):
        desk.mailbox.add(raw(number), NOW - timedelta(days=6, hours=-number))
    desk.mailbox.add(raw(90), NOW, "SENT")
    desk.mailbox.add(raw(91), NOW, "DRAFT")
    desk.mailbox.add(raw(93), NOW, "TRASH")
    async with desk.reading() as (reader,):
        await until(lambda: len(desk.stored) == 5, what="the mails of a week are stored")
        desk.mailbox.add(raw(6), NOW)
        desk.mailbox.add(raw(92), NOW, "SENT")
        desk.mailbox.add(raw(7), NOW)
        await until(lambda: len(desk.stored) == 7, what="the new ones are stored")
        await desk.looked(reader)
    assert desk.stored == [raw(number) for number in range(1, 8)]
    assert set(desk.told) == {""}


async def test_what_was_filed_elsewhere_or_taken_for_spam_is_read(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW, "ARCHIVE")
    desk.mailbox.add(raw(2), NOW, "SPAM")
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        assert sorted(desk.stored) == [raw(1), raw(2)]
        desk.mailbox.add(raw(3), NOW, "SPAM")
        desk.mailbox.add(raw(4), NOW, "ARCHIVE")
        desk.mailbox.add(raw(5), NOW, "TRASH")
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(number) for number in range(1, 5)]


async def test_a_restart_reads_nothing_twice(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW)
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    before = sum("/messages/m" in each.target for each in desk.server.seen)
    desk.mailbox.add(raw(2), NOW)
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    assert desk.stored == [raw(1), raw(2)]
    assert sum("/messages/m" in each.target for each in desk.server.seen) == before + 1


async def test_an_outage_in_the_middle_loses_nothing(desk: Desk) -> None:
    for number in range(1, 6):
        desk.mailbox.add(raw(number), NOW)
    broken = True
    desk.fails = lambda mail: OutageError() if broken and mail == raw(3) else None
    async with desk.reading() as (reader,):
        await until(lambda: len(desk.told) > 1, what="it is told")
        assert desk.marks.marks == {}
        broken = False
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(number) for number in range(1, 6)]
    assert desk.marks.skipped == []


async def test_a_position_that_was_forgotten(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW - timedelta(days=1))
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    # A month without us: longer than a new mailbox would be read back.
    desk.now = NOW + timedelta(days=30)
    desk.mailbox.add(raw(2), NOW + timedelta(hours=1))
    desk.mailbox.add(raw(3), NOW + timedelta(days=29))
    desk.mailbox.forget()
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        assert sorted(desk.stored) == [raw(1), raw(2), raw(3)]
        desk.mailbox.add(raw(4), desk.now)
        await until(lambda: raw(4) in desk.stored, what="it goes on by its changes")


async def test_pages_that_are_turned_round_and_hold_something_twice(desk: Desk) -> None:
    for number in range(1, 8):
        desk.mailbox.add(raw(number), NOW - timedelta(minutes=number))
    desk.mailbox.shuffle = lambda rows: [*reversed(rows), *rows]
    async with desk.reading() as (reader,):
        await desk.looked(reader)
        desk.mailbox.add(raw(8), NOW)
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(number) for number in range(1, 9)]
    fetched = [each.target for each in desk.server.seen if "/messages/m" in each.target]
    assert len(fetched) == len(set(fetched))


async def test_a_mail_that_is_removed_meanwhile(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW)
    desk.mailbox.gone.add(desk.mailbox.add(raw(2), NOW))
    desk.mailbox.add(raw(3), NOW)
    async with desk.reading() as (reader,):
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(1), raw(3)]


async def test_a_mail_that_cannot_be_stored_holds_up_nobody(desk: Desk) -> None:
    for number in range(1, 4):
        desk.mailbox.add(raw(number), NOW)
    desk.fails = lambda mail: ValueError() if mail == raw(2) else None
    async with desk.reading(tries=2) as (reader,):
        await desk.looked(reader)
    assert sorted(desk.stored) == [raw(1), raw(3)]
    assert [reason for _, reason in desk.marks.skipped] == ["ValueError"]


async def test_a_token_that_is_refused_is_replaced(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW)
    desk.server.script(Answer(401))
    async with desk.reading():
        await until(lambda: desk.stored == [raw(1)], what="it is stored")
    assert {each.headers["authorization"] for each in desk.server.seen} == {"Bearer token-1", "Bearer token-2"}
    assert "" in desk.told
    assert not any(desk.told)


@pytest.mark.parametrize("fault", [Answer(500), Answer(403), DROP, GARBAGE, Answer(200, b"<html>"), Answer(200, [1])])
async def test_whatever_goes_wrong_is_told_and_tried_again(desk: Desk, fault: Any) -> None:
    desk.mailbox.add(raw(1), NOW)
    desk.server.script(fault)
    async with desk.reading():
        await until(lambda: desk.stored == [raw(1)], what="it is stored")
    assert desk.told[0]
    assert ADDRESS not in desk.told[0]


async def test_it_waits_for_as_long_as_it_is_asked_to(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    pause = ApiReader._pause

    async def noted(self: ApiReader, seconds: float) -> None:
        pauses.append(seconds)
        await pause(self, seconds)

    monkeypatch.setattr(ApiReader, "_pause", noted)
    desk.mailbox.add(raw(1), NOW)
    desk.server.script(Answer(429, b"", {"Retry-After": "1200"}))
    async with desk.reading():
        await until(lambda: bool(pauses), what="it waits")
    assert "asks to be asked later" in desk.told[0]
    # Far longer than its own back-off, and the end does not wait for it.
    assert pauses == [1200.0]
    assert (len(desk.server.seen), desk.stored) == (1, [])


async def test_a_token_goes_to_no_other_host(desk: Desk) -> None:
    if isinstance(desk.mailbox, FakeGmail):
        pytest.skip("it names no addresses")
    other = MailHttp(lambda _seen: Answer(200, {}))
    await other.start()
    try:
        script = Answer(200, {"value": [], "@odata.nextLink": f"{other.url}/v1.0/me/x"})
        desk.server.script(script, path="/v1.0/me/mailFolders/F%2FINBOX%3D/messages/delta")
        async with desk.reading():
            await until(lambda: bool(desk.told), what="it is told")
        assert "outside of its own" in desk.told[0]
        assert other.seen == []
    finally:
        await other.stop()


async def test_of_a_long_mail_the_beginning_is_taken(desk: Desk) -> None:
    long = raw(1) + b"y" * 50_000
    desk.mailbox.add(long, NOW)
    async with desk.reading(max_bytes=10_001):
        await until(lambda: bool(desk.stored), what="it is stored")
    assert desk.stored == [long[:10_001]]


async def test_two_readers_and_their_marks_in_postgres(desk: Desk, database_url: str) -> None:
    database = await Database.connect(database_url, max_size=4)
    try:
        desk.marks = PostgresMailboxMarks(database, lambda: desk.now)
        for number in range(1, 5):
            desk.mailbox.add(raw(number), NOW)
        desk.fails = lambda mail: ValueError() if mail == raw(2) else None
        async with desk.reading(2, tries=1) as readers:
            for reader in readers:
                await desk.looked(reader)
            desk.mailbox.add(raw(5), NOW)
            await until(lambda: raw(5) in desk.stored, what="the new one is stored")
        assert sorted(desk.stored) == [raw(number) for number in (1, 3, 4, 5)]
        async with database.transaction() as connection:
            (mark,) = await connection.fetch("SELECT * FROM mailbox_watermark")
            (skipped,) = await connection.fetch("SELECT * FROM mailbox_skipped")
        assert ADDRESS not in str(dict(mark))
        assert (skipped["reason"], skipped["mailbox"]) == ("ValueError", mark["mailbox"])
    finally:
        await database.close()


async def test_a_reader_that_is_woken_looks_at_once_and_keeps_being_told(desk: Desk) -> None:
    async with desk.reading(poll=600.0) as (reader,):
        await until(lambda: desk.kept == 1, what="the first look is over")
        desk.mailbox.add(raw(1), NOW)
        reader.wake()
        await until(lambda: desk.stored == [raw(1)], what="the mail is stored")
        await until(lambda: desk.kept == 2, what="the second look is over")


async def test_what_wakes_a_reader_while_it_looks_is_not_lost(desk: Desk) -> None:
    desk.mailbox.add(raw(1), NOW)
    async with desk.reading(poll=600.0) as (reader,):

        def woken(mail: bytes) -> Exception | None:
            if mail == raw(1) and not desk.stored:
                # It has found what it stores in this look.
                desk.mailbox.add(raw(2), NOW)
                reader.wake()
            return None

        desk.fails = woken
        await until(lambda: desk.stored == [raw(1), raw(2)], what="both are stored")


async def test_waking_does_not_shorten_the_wait_that_a_provider_asked_for(desk: Desk) -> None:
    desk.server.script(Answer(429, b"", {"Retry-After": "1200"}))
    async with desk.reading(poll=600.0) as (reader,):
        await until(lambda: bool(desk.told), what="it is told")
        for _ in range(3):
            reader.wake()
            await asyncio.sleep(0)
        assert len(desk.server.seen) == 1
