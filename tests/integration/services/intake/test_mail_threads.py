"""Mail that is matched to a send on a real database: whose fate, whose words, who else. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from sequences.reactions.soft_bounces import DEFAULT_LIMIT
from services.intake.mail import MailIntake
from services.organisation import Organisation
from tests.support import by_name as queries

_NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
_ID = "<ssend00000001@mail.agency.example>"
_OURS = "Hi Sam, we have an opening in Leeds that may suit you."


@dataclass
class Desk:
    database: Database
    intake: MailIntake

    async def receive(self, head: str, body: str) -> dict[str, Any]:
        """Takes a mail in; returns the inbound row with the kind of its reaction."""
        await self.intake.receive(f"{head}\n\n{body}\n".encode(), ())
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT i.*, r.kind FROM inbound i LEFT JOIN reaction r ON r.inbound_id = i.id"
            )
        assert row is not None
        return dict(row)


@pytest_asyncio.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    await _seed(database_url)
    database = await Database.connect(database_url, max_size=2)
    organisation = cast(
        "Organisation",
        SimpleNamespace(
            reply_domain="reply.agency.example",
            mail_domain="agency.example",
            token_keys=("k",),
            soft_bounces=DEFAULT_LIMIT,
            authserv_ids=(),
        ),
    )
    yield Desk(database, MailIntake(database, organisation, lambda: _NOW, lambda: None))
    await database.close()


async def _seed(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ('e00000000001', 'e00000000001', 'hello', 1, 'person', 'p1', 'p1', 'hand', 'active', $1)",
            _NOW,
        )
        await queries.run(
            connection,
            "add_send",
            id="ssend00000001",
            enrollment_id="e00000000001",
            step="one",
            person_id="p1",
            channel="email",
            sender="dana@agency.example",
            recipient="sam@firm.example",
            subject="A role",
            message_id=_ID,
            content=b"x",
            text=_OURS,
            planned_at=_NOW - timedelta(hours=2),
            variant=None,
        )
        await connection.execute("UPDATE send SET state = 'sent', claimed_at = $1, decided_at = $1", _NOW)
    finally:
        await connection.close()


def _reply(sender: str, more: str = "") -> str:
    return f"From: {sender}\nTo: dana@agency.example\nSubject: Re: A role\nMessage-ID: <a@x.example>\nIn-Reply-To: {_ID}{more}"


async def test_our_lines_are_taken_away_and_the_whole_is_kept(desk: Desk) -> None:
    row = await desk.receive(_reply("sam@firm.example"), f"No thanks.\n\n{_OURS}")
    assert (row["reply_text"], row["kind"], row["matched_by"]) == ("No thanks.", "replied", "message_id")
    assert _OURS in row["text"]
    assert row["detail"]["reasons"] == ["human"]


async def test_a_reply_to_the_id_that_the_provider_gave_the_mail(desk: Desk) -> None:
    """Amazon SES and Exchange give mails another Message-ID; what they told of it has no angle brackets."""
    given = "0102018f-000000@eu-west-1.amazonses.com"
    async with desk.database.transaction() as connection:
        await connection.execute("UPDATE send SET provider_message_id = $1", given)
    row = await desk.receive(_reply("ann@other.example").replace(_ID, f"<{given}>"), "Yes, call me.")
    assert (row["kind"], row["matched_by"], row["send_id"]) == ("replied", "message_id", "ssend00000001")


async def test_somebody_else_answers_in_the_thread(desk: Desk) -> None:
    row = await desk.receive(_reply("ann@firm.example", "\nCc: bob@firm.example"), "Sam has left, ask me.")
    assert (row["kind"], row["detail"]["other_sender"], row["detail"]["reply_all"]) == ("replied", True, True)


async def test_a_forward_to_a_colleague_with_us_in_copy(desk: Desk) -> None:
    body = (
        f"Ann, for you?\n\n---------- Forwarded message ---------\nFrom: Dana\nSubject: A role\nDate: today\n\n{_OURS}"
    )
    head = (
        "From: sam@firm.example\nTo: ann@firm.example\nCc: dana@agency.example\nSubject: Fwd: A role\nMessage-ID: <f@x>"
    )
    row = await desk.receive(f"{head}\nReferences: {_ID}", body)
    assert (row["kind"], row["reply_text"]) == ("replied", "Ann, for you?")
    assert "forward" in row["detail"]["reasons"]


async def test_a_calendar_answer_is_a_reply(desk: Desk) -> None:
    calendar = "BEGIN:VCALENDAR\nMETHOD:REPLY\nATTENDEE;PARTSTAT=DECLINED:mailto:sam@firm.example\nEND:VCALENDAR"
    row = await desk.receive(_reply("sam@firm.example", "\nContent-Type: text/calendar; method=REPLY"), calendar)
    assert (row["event"], row["kind"], row["detail"]["calendar_answer"]) == ("human", "replied", "declined")


def _report(*blocks: tuple[str, str]) -> tuple[str, str]:
    fields = "\n\n".join(
        f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} x"
        for address, status in blocks
    )
    head = (
        "From: MAILER-DAEMON@mx.example\nTo: dana@agency.example\nSubject: Undelivered Mail Returned to Sender\n"
        f"In-Reply-To: {_ID}\nContent-Type: multipart/report; report-type=delivery-status; boundary=b"
    )
    return head, f"--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n{fields}\n--b--"


@pytest.mark.parametrize(
    ("blocks", "event", "kind", "other"),
    [
        ([("sam@firm.example", "5.1.1")], "hard_bounce", "bounced", False),
        ([("gone@home.example", "5.1.1")], "hard_bounce", None, True),
        ([("ann@firm.example", "5.1.1"), ("sam@firm.example", "5.2.2")], "soft_bounce", None, False),
        ([("ann@firm.example", "5.2.2"), ("sam@firm.example", "5.1.1")], "hard_bounce", "bounced", False),
    ],
)
async def test_only_the_fate_of_our_address_counts(
    desk: Desk, blocks: list[tuple[str, str]], event: str, kind: str | None, other: bool
) -> None:
    row = await desk.receive(*_report(*blocks))
    assert (row["event"], row["kind"]) == (event, kind)
    assert row["detail"].get("other_recipient", False) is other
