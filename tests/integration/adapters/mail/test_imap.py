"""The reader of IMAP folders against a real server, over a wire that breaks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap import ImapReader
from adapters.mail.incoming.imap_login import ImapLogin
from sequences.errors import UnavailableError
from tests.support.servers.imap import (
    NOW,
    PASSWORD,
    USER,
    Inbox,
    Marks,
    Server,
    imap_server,
    mail,
    reading,
    wire_to,
)
from tests.support.waiting import until

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module")
async def one_server() -> AsyncIterator[Server]:
    async with imap_server("--no-tls") as made:
        yield made


@pytest_asyncio.fixture
async def server(one_server: Server) -> Server:
    """A folder of its own for each test."""
    return await one_server.create(f"Answers/{next(_numbers)}")


async def test_it_takes_what_is_there_and_idle_tells_of_what_follows(server: Server) -> None:
    inbox, marks = Inbox(), Marks()
    await server.deliver(mail(1), mail(2))
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
        assert inbox.mails == [mail(1), mail(2)]
        # The poll is 20 s: only IDLE can be this quick.
        began = asyncio.get_running_loop().time()
        await server.deliver(mail(3))
        await until(lambda: len(inbox.mails) == 3)
        assert asyncio.get_running_loop().time() - began < 10
    assert inbox.numbers() == [1, 2, 3]


async def test_nothing_is_marked_in_the_mailbox_unless_asked_for(server: Server) -> None:
    await server.deliver(mail(1))
    inbox, marks = Inbox(), Marks()
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    assert not any(b"Seen" in line for line in await server.flags())
    async with reading(server.at(), inbox, Marks(), mark_seen=True) as reader:
        await until(lambda: reader.looks == 1)
    assert all(b"Seen" in line for line in await server.flags())


async def test_a_second_reader_goes_on_where_the_first_one_ended(server: Server) -> None:
    inbox, marks = Inbox(), Marks()
    await server.deliver(mail(1))
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    await server.deliver(mail(2))
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1, 2]


async def test_without_idle_it_polls(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox()
    monkeypatch.setattr("adapters.mail.incoming.imap_session.ImapSession._idles", False, raising=False)
    monkeypatch.setattr(
        "adapters.mail.incoming.imap_session.ImapSession.wait", lambda self, seconds, stop: stop.wait(seconds)
    )
    async with reading(server.at(), inbox, Marks(), poll=0.05) as reader:
        await until(lambda: reader.looks == 1)
        await server.deliver(mail(1))
        await until(lambda: inbox.numbers() == [1])


@pytest.mark.parametrize("cut_after", [10, 120, 300, 700, 1_500, 4_000])
async def test_a_connection_cut_at_any_point_loses_nothing(server: Server, cut_after: int) -> None:
    mails = [mail(number, size=300) for number in range(1, 9)]
    await server.deliver(*mails)
    inbox = Inbox()
    async with wire_to(server) as wire:
        wire.cut_after = cut_after
        async with reading(server.at(wire.port), inbox, Marks()) as reader:
            await until(lambda: reader.looks == 1)
            assert wire.connections >= 2
    assert inbox.mails == mails


async def test_a_connection_cut_while_it_idles_is_noticed_at_once(server: Server) -> None:
    inbox = Inbox()
    async with wire_to(server) as wire, reading(server.at(wire.port), inbox, Marks()) as reader:
        await until(lambda: reader.looks == 1)
        wire.cut()
        await until(lambda: reader.looks == 2)
        await server.deliver(mail(1))
        await until(lambda: inbox.numbers() == [1])


async def test_a_server_that_falls_silent_is_left_after_the_timeout(server: Server) -> None:
    inbox = Inbox()
    await server.deliver(mail(1))
    async with wire_to(server) as wire:
        wire.silent = True
        async with reading(server.at(wire.port), inbox, Marks(), timeout=0.5) as reader:
            await until(lambda: wire.connections >= 2)
            assert reader.looks == 0
            wire.silent = False
            await until(lambda: inbox.numbers() == [1])


async def test_a_slow_server_is_waited_for(server: Server) -> None:
    mails = [mail(number, size=5_000) for number in (1, 2)]
    await server.deliver(*mails)
    inbox = Inbox()
    async with wire_to(server) as wire:
        wire.delay = 0.05
        async with reading(server.at(wire.port), inbox, Marks(), timeout=1.0) as reader:
            await until(lambda: reader.looks == 1)
        # The whole took longer than one answer may take, and no answer did.
        assert wire.connections == 1
    assert inbox.mails == mails


async def test_who_dies_between_the_commit_and_the_watermark_reads_again(server: Server) -> None:
    await server.deliver(mail(1), mail(2))
    inbox, marks = Inbox(), Marks(fail_moves=1)
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    # The store recognises the second delivery by its key; see test_imap_store.
    assert inbox.numbers() == [1, 1, 2]


async def test_the_watermark_never_moves_before_the_mail_is_stored(server: Server) -> None:
    await server.deliver(mail(1), mail(2), mail(3))
    inbox, marks = Inbox(), Marks()
    inbox.failures[mail(2)] = [UnavailableError("Postgres is away")] * 7
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1, 2, 3]
    assert marks.skipped == []


async def test_a_mail_that_can_never_be_stored_holds_nobody_up_for_ever(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Five in a row held a folder up for an hour: each of them made the wait for the *server* longer."""
    await server.deliver(*(mail(number) for number in range(1, 8)))
    inbox, marks = Inbox(), Marks()
    for number in range(2, 7):
        inbox.failures[mail(number)] = [ValueError(f"p{number}@client.example")] * 99
    async with reading(server.at(), inbox, marks, tries=3) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1, 7]
    assert len(inbox.failures[mail(2)]) == 96
    assert marks.skipped == [102, 103, 104, 105, 106]
    assert "skipped" in caplog.text
    assert "cannot be read now" not in caplog.text
    assert "client.example" not in caplog.text
    assert USER not in caplog.text


async def test_the_wait_for_a_server_begins_anew_after_whatever_was_stored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.deliver(mail(1), mail(2), mail(3))
    inbox, marks, waits = Inbox(), Marks(), []
    inbox.failures[mail(2)] = [UnavailableError("Postgres is away")] * 3
    inbox.failures[mail(3)] = [UnavailableError("Postgres is away")]
    monkeypatch.setattr("adapters.mail.incoming.reading_loop.random.uniform", lambda low, high: 1.0)
    pause = ImapReader._pause

    async def noted(reader: ImapReader, seconds: float) -> None:
        waits.append(seconds)
        await pause(reader, 0.01)

    monkeypatch.setattr(ImapReader, "_pause", noted)
    async with reading(server.at(), inbox, marks, backoff=1.0, longest_backoff=300.0) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1, 2, 3]
    # The first mail was stored before the first failure, the second before the last one.
    assert waits == [1.0, 2.0, 4.0, 1.0]


async def test_a_new_uidvalidity_reads_again_from_a_bounded_age(server: Server) -> None:
    inbox, marks = Inbox(), Marks()
    await server.deliver(mail(1), mail(2))
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    [before] = marks.kept.values()
    await server.recreate()
    await server.deliver(mail(7), at=NOW - timedelta(days=30))
    await server.deliver(mail(1), mail(3))
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1, 2, 1, 3]
    [mark] = marks.kept.values()
    assert mark.uidvalidity != before.uidvalidity
    assert mark.uid == mark.bounded_until == 103


async def test_a_uidvalidity_that_changes_under_a_reader_is_noticed(server: Server) -> None:
    inbox, marks = Inbox(), Marks()
    await server.deliver(mail(1), mail(2))
    async with reading(server.at(), inbox, marks, poll=0.1) as reader:
        await until(lambda: reader.looks == 1)
        await server.recreate()
        await server.deliver(mail(3))
        await until(lambda: inbox.numbers() == [1, 2, 3])


async def test_of_a_folder_that_is_new_to_us_only_recent_mail_is_taken(server: Server) -> None:
    await server.deliver(mail(1), at=NOW - timedelta(days=30))
    await server.deliver(mail(2), at=NOW - timedelta(days=2))
    inbox, marks = Inbox(), Marks()
    async with reading(server.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
        assert inbox.numbers() == [2]
        # What is moved into the folder later is answered for, however old it is.
        await server.deliver(mail(3), at=NOW - timedelta(days=60))
        await until(lambda: inbox.numbers() == [2, 3])
    [mark] = marks.kept.values()
    assert (mark.uid, mark.bounded_until) == (103, 102)


async def test_of_a_mail_beyond_the_limit_the_beginning_is_taken(server: Server) -> None:
    await server.deliver(mail(1, size=9_000), mail(2))
    inbox = Inbox()
    async with reading(server.at(), inbox, Marks(), max_bytes=4_000) as reader:
        await until(lambda: reader.looks == 1)
    assert [len(raw) for raw in inbox.mails] == [4_000, len(mail(2))]


async def test_a_wrong_password_is_told_without_the_user_and_tried_again(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = ImapLogin("password", "wrong")
    async with wire_to(server) as wire, reading(server.at(wire.port), Inbox(), Marks(), login=wrong):
        await until(lambda: wire.connections >= 2)
    assert "rejects the credentials" in caplog.text
    assert USER not in caplog.text
    assert caplog.text.count("cannot be read now") == 1


async def test_a_folder_that_is_not_there_is_waited_for(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()
    async with wire_to(server) as wire, reading(server.at(wire.port, folder="Later"), inbox, Marks()):
        await until(lambda: wire.connections >= 2)
        await (await server.create("Later")).deliver(mail(1))
        await until(lambda: inbox.numbers() == [1])
        await until(lambda: "is read again" in caplog.text)
    # Which folder, and never whose.
    assert "mailbox 1 (Later at 127.0.0.1) is read again" in caplog.text
    assert USER not in caplog.text


async def test_stop_ends_a_reader_that_idles_and_one_whose_server_is_gone(server: Server) -> None:
    async with reading(server.at(), Inbox(), Marks()) as reader:
        await until(lambda: reader.looks == 1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3
    async with reading(server.at(1), Inbox(), Marks(), backoff=60.0):
        await asyncio.sleep(0)


async def test_the_password_of_a_user_in_a_json_object(server: Server) -> None:
    await server.deliver(mail(1))
    inbox = Inbox()
    secrets = f'{{"other@agency.example": "no", "{USER}": "{PASSWORD}"}}'
    async with reading(server.at(), inbox, Marks(), login=ImapLogin("password", secrets)) as reader:
        await until(lambda: reader.looks == 1)
    assert inbox.numbers() == [1]
