"""Notifications as mails, on a real Postgres and a real mail server: at most once, and nothing lost."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from adapters.postgres.database import Database
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.owner_mails import MOST_AT_ONCE, OwnerMailPass
from services.follow_ups.send_owner_mails import NotifyByMail
from services.follow_ups.write_owner_mails import OwnerMails
from services.intake.mail import MailIntake
from services.operations.notify_by import set_notify_by
from services.organisation import Organisation
from services.sending.send_waiting import Passing
from starter.local.mail_capture import MailCapture, OpenedMail, list_mail, read_mail
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.sending.owner_mails import NotifyBy
    from services.ports import EmailTransport

# 09:00 in London: the digest of 07:30 was due an hour and a half ago.
NOW = datetime(2027, 5, 4, 8, 0, tzinfo=UTC)
SENDER = "recruiting@agency.example"
ORGANISATION = Organisation(
    public_url="https://relance.example",
    token_keys=(b"key",),
    reply_domain="reply.agency.example",
    mail_domain="agency.example",
    sender_name="Recruiting",
    sender_address=SENDER,
    company="Our agency",
    sms_sender="",
    phone_region="GB",
)


@dataclass
class Scripted:
    """Answers as written; beyond that every mail is accepted."""

    outcomes: list[TransportOutcome] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Scripted]:
        yield self

    async def send(self, *, recipient: str, **_: Any) -> TransportOutcome:
        self.taken.append(recipient)
        return self.outcomes.pop(0) if self.outcomes else TransportOutcome(TransportVerdict.ACCEPTED, "data", "250")


class Killed(BaseException):
    """What SIGKILL does: nothing after it happens."""


@dataclass
class DiesAfterHandOver:
    """Hands over for real, and is gone before anybody hears of it."""

    real: EmailTransport

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DiesAfterHandOver]:
        yield self

    async def send(self, **message: Any) -> TransportOutcome:
        async with self.real.connection() as ready:
            await ready.send(**message)
        raise Killed


@dataclass
class Office:
    database: Database
    server: MailCapture
    smtp: SmtpTransport
    numbers: int = 0
    passes: int = 0

    async def execute(self, statement: str, *values: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(statement, *values)

    async def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        async with self.database.transaction() as connection:
            return [dict(row) for row in await connection.fetch(statement, *values)]

    async def owner(self, owner: str = "dana", way: NotifyBy = "email", email: str | None = "") -> None:
        address = f"{owner}@agency.example" if email == "" else email
        await self.execute(
            "INSERT INTO owner (id, first_name, last_name, email) VALUES ($1, 'Dana', 'Owner', $2)", owner, address
        )
        await set_notify_by(self.database, owner, way)

    async def notify(
        self, owner: str = "dana", number: int = 1, at: datetime = NOW, title: str = "Alex entered"
    ) -> None:
        for _ in range(number):
            self.numbers += 1
            await self.execute(
                "INSERT INTO notification (id, owner_id, kind, title, sequence, created_at) "
                "VALUES ($1, $2, 'entered', $3, 'onboarding', $4)",
                f"n{self.numbers:010}",
                owner,
                title,
                at,
            )

    def outbox(self, email: EmailTransport | None = None) -> NotifyByMail:
        mails = OwnerMails(self.database, ORGANISATION, time(7, 30), ZoneInfo("Europe/London"))
        return NotifyByMail(self.database, mails, email or self.smtp, SENDER)

    async def pass_over(self, now: datetime = NOW, email: EmailTransport | None = None) -> OwnerMailPass:
        self.passes += 1
        return await self.outbox(email).pass_over(Passing(now, f"pass-{self.passes}"))

    def mails(self) -> list[OpenedMail]:
        return [read_mail(self.server.folder, mail.file) for mail in list_mail(self.server.folder)]

    async def states(self) -> Counter[str]:
        return Counter(row["state"] for row in await self.rows("SELECT state FROM notice_mail"))

    async def unmailed(self) -> int:
        return len(await self.rows("SELECT 1 FROM notification WHERE mailed_at IS NULL"))


@pytest_asyncio.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    server = MailCapture(tmp_path / "mail")
    await server.start()
    database = await Database.connect(database_url, max_size=16)
    where: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "source_hostname": "agency.example"}
    smtp = SmtpTransport(SmtpSettings(**where, tls=Tls.NONE, timeout=5, data_timeout=5))
    yield Office(database, server, smtp)
    await smtp.aclose()
    await database.close()
    await server.stop()


async def test_a_mail_at_once_and_once_only(office: Office) -> None:
    await office.owner()
    await office.notify(title="Alex Example entered Onboarding")
    assert await office.pass_over() == OwnerMailPass(written=1, sent=1)
    assert await office.pass_over(NOW + timedelta(minutes=1)) == OwnerMailPass()
    (mail,) = office.mails()
    assert (mail.mail.recipient, mail.mail.sender, mail.mail.subject) == (
        "dana@agency.example",
        SENDER,
        "Alex Example entered Onboarding",
    )
    assert await office.unmailed() == 0


async def test_it_says_that_it_is_automatic_and_bears_no_token(office: Office) -> None:
    await office.owner()
    await office.notify()
    await office.pass_over()
    (mail,) = office.mails()
    assert mail.header("Auto-Submitted") == "auto-generated"
    assert mail.header("X-Auto-Response-Suppress") == "All"
    assert (mail.header("Reply-To"), mail.mail.sender) == (SENDER, SENDER)
    assert mail.header("List-Unsubscribe") is None
    assert ORGANISATION.reply_domain.encode() not in mail.raw
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


async def test_an_answer_to_it_is_nobodys_reaction(office: Office) -> None:
    await office.owner()
    await office.notify()
    await office.pass_over()
    (mail,) = office.mails()
    intake = MailIntake(office.database, ORGANISATION, lambda: NOW, lambda: None)
    answer = (
        f"From: dana@agency.example\r\nTo: {mail.header('Reply-To')}\r\nSubject: Re: {mail.mail.subject}\r\n"
        f"Message-ID: <answer@agency.example>\r\nIn-Reply-To: {mail.mail.message_id}\r\n\r\nThank you, stop\r\n"
    )
    await intake.receive(answer.encode(), (SENDER,))
    assert await office.rows("SELECT 1 FROM reaction") == []
    assert [row["state"] for row in await office.rows("SELECT state FROM inbound")] == ["unmatched"]


async def test_whoever_wants_none_gets_none_and_switching_on_does_not_bring_the_past(office: Office) -> None:
    await office.owner(way="none")
    await office.notify(number=3)
    assert await office.pass_over() == OwnerMailPass()
    await set_notify_by(office.database, "dana", "email")
    assert await office.pass_over() == OwnerMailPass()
    await office.notify()
    assert (await office.pass_over()).sent == 1


async def test_switching_off_drops_what_waits(office: Office) -> None:
    await office.owner()
    await office.notify()
    await office.server.stop()
    assert (await office.pass_over()).away
    await office.notify()
    await set_notify_by(office.database, "dana", "none")
    assert await office.states() == {"cancelled": 1}
    await office.server.start()
    assert await office.pass_over(NOW + timedelta(hours=1)) == OwnerMailPass()
    await set_notify_by(office.database, "dana", "email")
    assert await office.pass_over(NOW + timedelta(hours=1)) == OwnerMailPass()
    assert office.mails() == []
    assert await office.states() == {"cancelled": 1}


async def test_a_mail_that_was_written_while_its_owner_switched_mail_off_is_not_sent(office: Office) -> None:
    await office.owner()
    await office.notify()
    await office.server.stop()
    await office.pass_over()
    await set_notify_by(office.database, "dana", "none")
    # As a writer leaves it whose transaction the trigger could not see.
    await office.execute("UPDATE notice_mail SET state = 'planned'")
    await office.server.start()
    assert await office.pass_over() == OwnerMailPass()
    assert await office.states() == {"cancelled": 1}
    assert office.mails() == []


async def test_the_claim_itself_asks_whether_mail_is_still_wanted(office: Office) -> None:
    await office.owner()
    await office.notify(number=3)

    class SwitchesOff(Scripted):
        async def send(self, *, recipient: str, **message: Any) -> TransportOutcome:
            await set_notify_by(office.database, "dana", "none")
            await office.execute("UPDATE notice_mail SET state = 'planned' WHERE state = 'cancelled'")
            return await super().send(recipient=recipient, **message)

    transport = SwitchesOff()
    assert (await office.pass_over(email=transport)).sent == 1
    assert len(transport.taken) == 1
    assert await office.pass_over(NOW + timedelta(minutes=1), transport) == OwnerMailPass()
    assert await office.states() == {"sent": 1, "cancelled": 2}


async def test_more_than_twenty_at_once_are_one_list(office: Office) -> None:
    await office.owner()
    await office.notify(number=MOST_AT_ONCE + 1)
    await office.owner("eli")
    await office.notify("eli", MOST_AT_ONCE)
    assert await office.pass_over() == OwnerMailPass(written=MOST_AT_ONCE + 1, sent=MOST_AT_ONCE + 1)
    sent = Counter(mail.mail.recipient for mail in office.mails())
    assert sent == {"dana@agency.example": 1, "eli@agency.example": MOST_AT_ONCE}
    listed = next(mail for mail in office.mails() if mail.mail.recipient == "dana@agency.example")
    assert listed.mail.subject == "21 notifications: onboarding"
    assert (listed.text or "").count("Alex entered") == 21
    assert await office.unmailed() == 0


async def test_one_digest_a_day_with_what_was_written_before_its_time(office: Office) -> None:
    await office.owner(way="digest")
    early, late = NOW - timedelta(hours=2), NOW - timedelta(minutes=10)
    await office.notify(number=2, at=early)
    await office.notify(at=late)
    assert await office.pass_over(NOW - timedelta(hours=1, minutes=31)) == OwnerMailPass()
    assert (await office.pass_over()).sent == 1
    # A row of the early morning that is committed late waits for tomorrow: one mail a day.
    await office.notify(at=early)
    assert await office.pass_over(NOW + timedelta(hours=10)) == OwnerMailPass()
    assert (await office.pass_over(NOW + timedelta(days=1))).sent == 1
    assert [mail.mail.subject for mail in office.mails()] == ["2 notifications: onboarding"] * 2
    assert await office.unmailed() == 0


async def test_days_without_a_worker_make_one_digest(office: Office) -> None:
    await office.owner(way="digest")
    for days in (5, 4, 3, 2, 1):
        await office.notify(at=NOW - timedelta(days=days))
    assert (await office.pass_over()).sent == 1
    assert [mail.mail.subject for mail in office.mails()] == ["5 notifications: onboarding"]


async def test_while_the_mail_server_is_away_nothing_is_lost_and_its_return_is_no_flood(office: Office) -> None:
    await office.owner()
    await office.notify(number=2)
    await office.server.stop()
    first = await office.pass_over()
    assert (first.written, first.sent, first.put_off, first.away) == (2, 0, 1, True)
    for minute in range(1, 4):
        await office.notify(number=20)
        again = await office.pass_over(NOW + timedelta(minutes=minute))
        assert (again.written, again.sent, again.away) == (0, 0, True)
    await office.server.start()
    assert (await office.pass_over(NOW + timedelta(minutes=4))).sent == 2
    assert await office.pass_over(NOW + timedelta(minutes=5)) == OwnerMailPass(written=1, sent=1)
    assert [mail.mail.subject for mail in office.mails()][-1] == "60 notifications: onboarding"
    assert await office.unmailed() == 0


async def test_a_worker_that_dies_after_the_hand_over_mails_nobody_twice(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.owner()
    await office.notify()
    with pytest.raises(Killed):
        await office.pass_over(email=DiesAfterHandOver(office.smtp))
    assert await office.states() == {"claimed": 1}
    assert await office.pass_over(NOW + timedelta(minutes=19)) == OwnerMailPass()
    assert await office.pass_over(NOW + timedelta(minutes=21)) == OwnerMailPass(unknown=1)
    assert await office.pass_over(NOW + timedelta(days=2)) == OwnerMailPass()
    assert len(office.mails()) == 1
    assert "is not sent again" in caplog.text


async def test_a_claim_believed_lost_may_still_become_known(office: Office) -> None:
    await office.owner()
    await office.notify()
    inside, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        async def send(self, **_: Any) -> TransportOutcome:
            inside.set()
            await go_on.wait()
            return TransportOutcome(TransportVerdict.ACCEPTED, "data", "250")

    slow = asyncio.create_task(office.pass_over(email=Slow()))
    await asyncio.wait_for(inside.wait(), PATIENCE)
    assert (await office.pass_over(NOW + timedelta(minutes=21))).unknown == 1
    go_on.set()
    assert (await slow).sent == 1
    assert await office.states() == {"sent": 1}
    assert await office.unmailed() == 0


async def test_eight_workers_at_once_mail_each_notice_once(office: Office) -> None:
    for number in range(10):
        await office.owner(f"owner-{number}", "digest" if number % 2 else "email")
        await office.notify(f"owner-{number}", 5, at=NOW - timedelta(hours=3), title=f"about {number}")
    passes = await asyncio.gather(*(office.pass_over() for _ in range(8)))
    last = await office.pass_over()
    assert sum(one.sent for one in [*passes, last]) == 5 * 5 + 5
    assert len(office.mails()) == 30
    assert len({mail.mail.message_id for mail in office.mails()}) == 30
    assert await office.unmailed() == 0


@pytest.mark.parametrize(
    ("outcome", "state", "sent_later"),
    [
        (TransportOutcome(TransportVerdict.RETRY, "rcpt", "450 4.2.1"), "planned", True),
        (TransportOutcome(TransportVerdict.RETRY, "data", "451"), "planned", True),
        # The server takes nothing from our address: a setting to correct, not the end of every notice.
        (TransportOutcome(TransportVerdict.FAILED, "mail", "550"), "planned", True),
        (TransportOutcome(TransportVerdict.FAILED, "rcpt", "550 5.1.1"), "failed", False),
        (TransportOutcome(TransportVerdict.UNKNOWN, "data", None, "no answer"), "unknown", False),
    ],
)
async def test_what_becomes_of_a_mail_that_was_not_accepted(
    office: Office, outcome: TransportOutcome, state: str, sent_later: bool
) -> None:
    await office.owner()
    await office.notify()
    transport = Scripted([outcome])
    done = await office.pass_over(email=transport)
    assert (done.sent, done.away, await office.states()) == (0, False, {state: 1})
    assert (await office.pass_over(NOW + timedelta(seconds=59), transport)).sent == 0
    assert (await office.pass_over(NOW + timedelta(minutes=2), transport)).sent == int(sent_later)
    assert len(transport.taken) == 1 + int(sent_later)
    assert await office.unmailed() == int(not sent_later)


async def test_a_mail_that_is_put_off_again_and_again_ends_as_failed(office: Office) -> None:
    await office.owner()
    await office.notify()
    transport = Scripted([TransportOutcome(TransportVerdict.RETRY, "rcpt", "450")] * 50)
    for hours in range(0, 100, 6):
        await office.pass_over(NOW + timedelta(hours=hours), transport)
    assert await office.states() == {"failed": 1}
    assert len(transport.taken) == 10


@pytest.mark.parametrize("address", [None, "", "no address", "dana@"])
async def test_an_owner_without_a_usable_address_is_reported_once_and_told_when_there_is_one(
    office: Office, address: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    await office.owner(email=None)
    await office.execute("UPDATE owner SET email = $1", address)
    await office.notify()
    await office.owner("eli")
    await office.notify("eli")
    with caplog.at_level(logging.WARNING, "relance.notices"):
        assert await office.pass_over() == OwnerMailPass(written=1, sent=1, unreachable=1)
        assert (await office.pass_over(NOW + timedelta(minutes=1))).unreachable == 1
    assert len(caplog.records) == 1
    assert "owner dana " in caplog.text
    assert not address or address not in caplog.text
    await office.execute("UPDATE owner SET email = 'dana@agency.example' WHERE id = 'dana'")
    assert (await office.pass_over(NOW + timedelta(days=1))).sent == 1
    assert await office.rows("SELECT 1 FROM notice_problem") == []


async def test_no_address_and_no_name_is_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await office.owner()
    await office.notify(title="Alex Example entered Onboarding")
    refusal = TransportOutcome(TransportVerdict.FAILED, "rcpt", "550", "refused")
    with caplog.at_level(logging.DEBUG, "relance"):
        await office.pass_over(email=Scripted([refusal]))
    said = [record.getMessage() for record in caplog.records if record.name.startswith("relance")]
    assert said
    assert not [line for line in said if "@" in line or "Alex" in line or "Dana" in line]


async def test_a_worker_that_stops_begins_no_further_mail(office: Office) -> None:
    await office.owner()
    await office.notify(number=5)
    transport = Scripted()
    done = await office.outbox(transport).pass_over(Passing(NOW, "stopping", lambda: len(transport.taken) >= 2))
    assert (done.sent, len(transport.taken), await office.states()) == (2, 2, {"sent": 2, "planned": 3})
    assert (await office.pass_over()).sent == 3


async def test_names_of_owners_in_any_script_reach_the_mail(office: Office) -> None:
    await office.owner()
    await office.execute("UPDATE owner SET first_name = 'Zoë', last_name = 'Öz\r\nBcc: x@example.com'")
    await office.notify(title="李 entered Übergang ✓")
    await office.pass_over()
    (mail,) = office.mails()
    assert mail.mail.subject == "李 entered Übergang ✓"
    assert mail.header("Bcc") is None
    assert "李 entered Übergang ✓" in (mail.text or "")
