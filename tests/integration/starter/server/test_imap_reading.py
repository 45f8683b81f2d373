"""IMAP into Postgres: a real server, a real Postgres, and a process that dies where it hurts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.incoming.imap import Watermark
from adapters.mail.incoming.imap_account import parse_folders
from adapters.postgres.watermarks import PostgresWatermarks
from services.intake.mail import MailIntake
from services.reading.health import outbox
from starter.composition import organisation_of
from starter.server.imap_reading import reading_mailboxes
from tests.support.rigs.api import ApiRig, settings_for
from tests.support.rigs.inbound import reply, reply_address, stored
from tests.support.servers.imap import (
    PASSWORD,
    USER,
    Inbox,
    Server,
    imap_server,
    mail,
    reading,
    wire_to,
)
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with imap_server("--no-tls") as made:
        yield made


def intake_of(api: ApiRig) -> MailIntake:
    return MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake)


class Dying(PostgresWatermarks):
    """Dies once, after the mail was committed and before the watermark moved."""

    died = False

    async def move(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        if not self.died:
            self.died = True
            raise ConnectionResetError
        await super().move(mailbox, uidvalidity, uid)


async def test_serve_reads_its_mailboxes_into_reactions(api: ApiRig, database_url: str, server: Server) -> None:
    folder, other = await server.create("Serve"), await server.create("Other/One")
    send = await api.sent(await api.enrolled())
    user = USER.replace("@", "%40")
    urls = [f"imap+plain://{user}@127.0.0.1:{server.port}/{each.folder}" for each in (folder, other)]
    settings = settings_for(database_url, imap_mailboxes=",".join(urls), imap_secrets=PASSWORD, imap_poll=0.2)
    assert [each.folder for each in parse_folders(settings.imap_mailboxes)] == ["Serve", "Other/One"]
    looked: set[int] = set()

    async def both_looked() -> bool:
        return looked == {1, 2}

    async with reading_mailboxes(settings, api.database, intake_of(api), api.clock, looked.add):
        await folder.deliver(reply(reply_address(send)), at=api.now)
        await other.deliver(mail(9), at=api.now)
        await until(lambda: _count(api, 2))
        await until(both_looked)
    assert sorted((state, by) for state, by, _ in await stored(api)) == [("matched", "token"), ("unmatched", "")]
    assert reply(reply_address(send)) in [raw for _, _, raw in await stored(api)]
    rows = await api.fetch("SELECT mailbox, uid FROM imap_watermark")
    assert [row["uid"] for row in rows] == [101, 101]
    assert not any("@" in row["mailbox"] for row in rows)


async def test_a_server_that_falls_silent_does_not_hold_up_the_end(
    api: ApiRig, database_url: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.mail.incoming.reading_loop._GRACE_SECONDS", 0.1)
    folder = await server.create("Silent")
    loop = asyncio.get_running_loop()
    async with wire_to(server) as wire:
        url = f"imap+plain://{USER.replace('@', '%40')}@127.0.0.1:{wire.port}/{folder.folder}"
        settings = settings_for(database_url, imap_mailboxes=url, imap_secrets=PASSWORD, imap_poll=0.1)
        async with reading_mailboxes(settings, api.database, intake_of(api), api.clock):
            await folder.deliver(mail(1), at=api.now)
            await until(lambda: _count(api, 1))
            wire.silent = True
            # It waits for the answer to DONE or EXAMINE by then, for up to a minute.
            await until(lambda: wire.swallowed > 0)
            began = loop.time()
        assert loop.time() - began < 5


async def _count(api: ApiRig, wanted: int) -> bool:
    return len(await stored(api)) == wanted


async def test_a_crash_between_commit_and_watermark_makes_one_row_and_one_reaction(api: ApiRig, server: Server) -> None:
    folder = await server.create("Crash")
    enrollment = await api.enrolled()
    raw = reply(reply_address(await api.sent(enrollment)))
    await folder.deliver(raw)
    intake, given = intake_of(api), Inbox()

    async def receive(content: bytes, recipients: tuple[str, ...]) -> None:
        await given.receive(content, recipients)
        await intake.receive(content, recipients)

    inbox: Any = type("Store", (), {"receive": staticmethod(receive)})
    marks = Dying(api.database, api.clock)
    async with reading(folder.at(), inbox, marks) as reader:
        await until(lambda: reader.looks == 1)
    assert given.mails == [raw, raw]
    assert await stored(api) == [("matched", "token", raw)]
    assert len(await api.rows("reactions_of", enrollment_id=enrollment)) == 1
    mark = await marks.get(folder.at().key)
    assert mark is not None
    assert mark.uid == 101


async def test_watermarks_never_move_back_and_begin_anew_with_a_new_validity(api: ApiRig) -> None:
    marks = PostgresWatermarks(api.database, api.clock)
    day = api.now.date()
    assert await marks.get("m") is None
    first = await marks.begin("m", 7, 50, day)
    assert first == Watermark(7, 0, 50, day)
    await marks.move("m", 7, 20)
    await marks.move("m", 7, 10)
    await marks.move("m", 6, 99)
    # Of two readers that begin at once, the second goes on where the first is.
    assert await marks.begin("m", 7, 60, day) == Watermark(7, 20, 50, day)
    assert await marks.begin("m", 8, 3, day) == Watermark(8, 0, 3, day)
    await asyncio.gather(*(marks.skip("m", 8, 1, "ValueError") for _ in range(3)))
    assert len(await api.fetch("SELECT * FROM imap_skipped")) == 1


async def test_our_own_copies_in_a_folder_are_no_replies(api: ApiRig, server: Server) -> None:
    folder = await server.create("Sent")
    enrollment = await api.enrolled()
    first, second = await api.sent(enrollment), await api.sent(enrollment, step="two")
    await api.execute("UPDATE send SET sender = $1", "Dana@agency.example")
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", second)
    ours = "From: Dana <dana@agency.example>\r\nTo: p1@client.example\r\n"
    copy = f"{ours}Message-ID: <{first}@relance.example>\r\nSubject: Hello\r\n\r\nHello\r\n"
    follow_up = (
        f"{ours}Message-ID: <{second}@relance.example>\r\nIn-Reply-To: <{first}@relance.example>\r\n"
        "Subject: Re: Hello\r\n\r\nAny news?\r\n"
    )
    by_hand = (
        f"{ours}Message-ID: <h@x>\r\nIn-Reply-To: <{first}@relance.example>\r\nSubject: Re: Hello\r\n\r\nCall me\r\n"
    )
    theirs = (
        f"From: p1@client.example\r\nMessage-ID: <t@x>\r\nIn-Reply-To: <{second}@relance.example>\r\n"
        "Subject: Re: Hello\r\n\r\nGladly\r\n"
    )
    await folder.deliver(*(text.encode() for text in (copy, follow_up, by_hand, theirs)))
    intake: Any = intake_of(api)
    async with reading(folder.at(), intake, PostgresWatermarks(api.database, api.clock)) as reader:
        await until(lambda: reader.looks == 1)
    events = await api.fetch("SELECT event, matched_by, send_id FROM inbound ORDER BY event, send_id, id")
    assert [row["event"] for row in events] == ["human", "own_copy", "own_copy", "own_copy"]
    [reaction] = await api.rows("reactions_of", enrollment_id=enrollment)
    assert (reaction["kind"], reaction["send_id"]) == ("replied", second)
    # Its copy in the folder proves that the send of unknown end had gone out.
    assert (await api.fetch("SELECT state FROM send WHERE id = $1", second))[0]["state"] == "sent"


async def test_a_folder_that_cannot_be_read_is_an_outage_until_it_can(
    api: ApiRig, database_url: str, server: Server
) -> None:
    folder = await server.create("Away")
    user = USER.replace("@", "%40")
    async with wire_to(server) as wire:
        url = f"imap+plain://{user}@127.0.0.1:{wire.port}/{folder.folder}"
        settings = settings_for(
            database_url, imap_mailboxes=url, imap_secrets="another password", imap_poll=0.2, operator="dana"
        )
        label = parse_folders(url)[0].label

        async def shown() -> list[tuple[str, str]]:
            return [(each.name, each.words) for each in (await outbox(api.database, api.now)).outages]

        async with reading_mailboxes(settings, api.database, intake_of(api), api.clock):
            await until(shown_by(shown))
        [(name, words)] = await shown()
        assert name == label
        assert "imap" in words
        assert PASSWORD not in words
        told = await api.fetch("SELECT title FROM notification WHERE kind = 'outage' AND owner_id = 'dana'")
        assert len(told) == 1

        async def over() -> bool:
            return not await shown()

        good = settings.model_copy(
            update={"imap_secrets": settings_for(database_url, imap_secrets=PASSWORD).imap_secrets}
        )
        async with reading_mailboxes(good, api.database, intake_of(api), api.clock):
            await until(over)
        told = await api.fetch("SELECT title FROM notification WHERE kind = 'outage' AND owner_id = 'dana'")
        assert len(told) == 2


def shown_by(ask: Callable[[], Awaitable[list[tuple[str, str]]]]) -> Callable[[], Awaitable[bool]]:
    async def asked() -> bool:
        return bool(await ask())

    return asked
