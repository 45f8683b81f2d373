"""Providers are asked to tell of new mail by one process at a time, in time, and less often while they refuse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.incoming.api.asking import ReadingError
from adapters.mail.incoming.api.push import Pushing
from adapters.postgres import queries
from adapters.postgres.database import Database
from services.doctor.findings import HealthSeverity
from services.doctor.of_mailboxes import without_push
from services.mailboxes.keep_push import KeepPush, push_hash
from tests.support.waiting import until

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


@dataclass
class Provider:
    """Remembers what it was asked."""

    address: str = "https://hooks.agency.example/mail-push/microsoft/mx1"
    asked: list[tuple[str, str]] = field(default_factory=list)
    lasts: timedelta = timedelta(days=3)
    gone: bool = False
    refuses: bool = False
    now: datetime = NOW
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.goes_on.set()

    async def begin(self, secret: str) -> Pushing:
        self.asked.append(("begin", secret))
        await self.goes_on.wait()
        if self.refuses:
            raise ReadingError("Microsoft Graph refuses it (400)")
        return Pushing(f"s{len(self.asked)}", self.now + self.lasts)

    async def renew(self, subscription: str) -> Pushing | None:
        self.asked.append(("renew", subscription))
        return None if self.gone else Pushing(subscription, self.now + self.lasts)

    async def end(self, subscription: str) -> None:
        self.asked.append(("end", subscription))
        if self.refuses:
            raise ReadingError("Microsoft Graph refuses it (401)")


@dataclass
class Desk:
    database: Database
    provider: Provider = field(default_factory=Provider)
    made: int = 0

    def secret(self) -> str:
        self.made += 1
        return f"secret-{self.made}"

    async def keep(self) -> list[tuple[str, str]]:
        """What the provider was asked."""
        self.provider.asked.clear()
        await KeepPush(self.database, lambda: self.provider.now, self.secret).keep("xmailboxone", self.provider)
        return list(self.provider.asked)

    async def end(self) -> list[tuple[str, str]]:
        """What the provider was asked when it shall tell no more."""
        self.provider.asked.clear()
        await KeepPush(self.database, lambda: self.provider.now, self.secret).end("xmailboxone", self.provider)
        return list(self.provider.asked)

    async def row(self) -> dict[str, Any]:
        async with self.database.transaction() as connection:
            (row,) = await connection.fetch("SELECT * FROM mailbox_push")
        return dict(row)


@pytest_asyncio.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database = await Database.connect(database_url, max_size=4)
    try:
        yield Desk(database)
    finally:
        await database.close()


async def test_it_is_asked_for_once_and_renewed_each_day(desk: Desk) -> None:
    assert await desk.keep() == [("begin", "secret-1")]
    row = await desk.row()
    assert row["secret_hash"] == push_hash("secret-1")
    assert (row["subscription"], row["ends_at"]) == ("s1", NOW + timedelta(days=3))
    assert "secret-1" not in str(row)
    for hours in (1, 12, 23):
        desk.provider.now = NOW + timedelta(hours=hours)
        assert await desk.keep() == []
    desk.provider.now = NOW + timedelta(days=1)
    assert await desk.keep() == [("renew", "s1")]
    assert (await desk.row())["ends_at"] == NOW + timedelta(days=4)
    assert await desk.keep() == []


async def test_what_the_provider_has_forgotten_is_asked_for_anew_with_another_secret(desk: Desk) -> None:
    await desk.keep()
    desk.provider.now += timedelta(days=30)
    desk.provider.gone = True
    assert await desk.keep() == [("renew", "s1"), ("begin", "secret-2")]
    assert (await desk.row())["secret_hash"] == push_hash("secret-2")


async def test_another_address_of_ours_is_told_to_the_provider(desk: Desk) -> None:
    await desk.keep()
    desk.provider.now += timedelta(days=1)
    desk.provider.address = "https://other.agency.example/mail-push/microsoft/mx1"
    assert await desk.keep() == [("begin", "secret-2")]
    assert (await desk.row())["address"] == desk.provider.address


async def test_a_refusal_is_said_once_and_tried_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "relance.mailboxes")
    desk.provider.refuses = True
    assert await desk.keep() == [("begin", "secret-1")]
    assert (await desk.row())["problem"] == "Microsoft Graph refuses it (400)"
    assert await desk.keep() == []
    desk.provider.now += timedelta(minutes=5)
    assert await desk.keep() == [("begin", "secret-2")]
    desk.provider.now += timedelta(minutes=9)
    assert await desk.keep() == []
    desk.provider.now += timedelta(minutes=1)
    desk.provider.refuses = False
    assert await desk.keep() == [("begin", "secret-3")]
    row = await desk.row()
    assert (row["failures"], row["problem"]) == (0, None)
    assert [each.message for each in caplog.records] == [
        "mailbox xmailboxone: its provider does not announce new mail: Microsoft Graph refuses it (400); "
        "it is looked at by time",
        "mailbox xmailboxone: its provider announces new mail again",
    ]


async def test_the_doctor_says_what_a_provider_refuses_while_it_is_asked(desk: Desk) -> None:
    async with desk.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO mailbox (channel, address, id, state, state_since, transport, transport_settings, inbound, "
            "inbound_settings, reply_to, added_at, added_by, changed_at) "
            "VALUES ('email', 'dana@agency.example', 'xmailboxone', 'active', $1, 'graph', '{}', 'api', '{}', "
            "'own', $1, 'cli', $1)",
            NOW,
        )
    desk.provider.refuses = True
    await desk.keep()
    (finding,) = await without_push(desk.database, NOW)
    assert (finding.what, finding.severity) == ("mailbox dana@agency.example", HealthSeverity.HINT)
    assert "Microsoft Graph refuses it (400)" in finding.words
    assert finding.command == "see Notifications of new mail in docs/transports.md"
    # Somebody turned it off: nobody asks any more.
    assert await without_push(desk.database, NOW + timedelta(days=2)) == []
    desk.provider.refuses = False
    desk.provider.now += timedelta(minutes=5)
    await desk.keep()
    assert await without_push(desk.database, desk.provider.now) == []


async def test_one_process_at_a_time_asks_and_one_that_died_is_followed(desk: Desk) -> None:
    desk.provider.goes_on.clear()
    first = asyncio.ensure_future(desk.keep())
    await until(lambda: bool(desk.provider.asked), what="it is asked")
    other = Provider()
    await KeepPush(desk.database, lambda: NOW + timedelta(minutes=4), desk.secret).keep("xmailboxone", other)
    assert other.asked == []
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await KeepPush(desk.database, lambda: NOW + timedelta(minutes=5), desk.secret).keep("xmailboxone", other)
    assert [each for each, _ in other.asked] == ["begin"]


async def test_what_is_told_of_it_while_it_is_renewed_is_looked_at_next(desk: Desk) -> None:
    desk.provider.goes_on.clear()
    first = asyncio.ensure_future(desk.keep())
    await until(lambda: bool(desk.provider.asked), what="it is asked")
    async with desk.database.transaction() as connection:
        await queries.hurry_mailbox_push(connection, mailbox="xmailboxone", at=NOW + timedelta(seconds=3))
    desk.provider.goes_on.set()
    await first
    desk.provider.now += timedelta(seconds=4)
    assert await desk.keep() == [("renew", "s1")]


@pytest.mark.parametrize("refuses", [False, True])
async def test_it_is_ended_once_and_asked_for_anew_when_the_mailbox_comes_back(
    desk: Desk, refuses: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "relance.mailboxes")
    assert await desk.end() == [], "nobody asked for it"
    await desk.keep()
    desk.provider.refuses = refuses
    assert await desk.end() == [("end", "s1")]
    assert await desk.end() == [], "whoever comes second asks nothing"
    assert [each.message.partition(": ")[2] for each in caplog.records] == (
        ["its provider announces new mail for some days more: Microsoft Graph refuses it (401)"] if refuses else []
    )
    row = await desk.row()
    # What is told all the same is told by nobody whom we know.
    assert (row["subscription"], row["ends_at"], row["secret_hash"]) == (None, None, None)
    desk.provider.refuses = False
    assert await desk.keep() == [], "whoever reads it notices first that it should not"
    desk.provider.now += timedelta(minutes=1)
    assert await desk.keep() == [("begin", "secret-2")]
