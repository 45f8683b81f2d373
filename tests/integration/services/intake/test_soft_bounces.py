"""An address that returns mail again and again gets none any more, until it changes or somebody says that it works."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from adapters.clock import utc_now
from adapters.postgres.records import Records
from sequences.auto_enroll.messages import Match
from sequences.errors import NotFoundError
from services.enrolling.eligibility import Eligibility
from services.enrolling.enroll import EntryRequest
from services.intake.mail import MailIntake
from services.operations.unreachable import unreachable, works_again
from services.reading.run_story import timeline
from starter.composition import organisation_of
from tests.support import by_name as queries
from tests.support.rigs.api import ApiRig, settings_for

FULL = "552 5.2.2 Mailbox full"


def report(send: dict[str, object], said: str = FULL, *, action: str = "failed", status: str = "5.2.2") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.client.example\nSubject: Undelivered Mail\nMessage-ID: <{send['id']}-{status}@mx>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {send['recipient']}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}\n\n--b\nContent-Type: message/rfc822\n\n"
        f"Message-ID: {send['message_id']}\n\nHello\n--b--\n"
    ).encode()


class Returning:
    """A person whose address returns mails of several sequences."""

    def __init__(self, api: ApiRig, intake: MailIntake) -> None:
        self.api = api
        self.intake = intake
        self.number = 0

    async def mails(self, number: int, *, days: float = 1, **more: str) -> list[dict[str, object]]:
        """So many mails are returned, one each so many days."""
        found = []
        for _ in range(number):
            found.append(await self.sent())
            self.api.now += timedelta(days=days)
            await self.intake.receive(report(found[-1], **more), ())
        return found

    async def sent(self) -> dict[str, object]:
        self.number += 1
        name = f"hello{self.number}"
        await self.api.publish(name)
        accepted = await self.api.enrolling.enroll(EntryRequest(name, name, "p1"))
        await self.api.execute(
            "UPDATE enrollment SET state = 'active', owner_id = 'dana' WHERE id = $1", accepted.enrollment
        )
        send = await self.api.sent(accepted.enrollment)
        await self.api.execute(
            "UPDATE send SET recipient = (SELECT email FROM person WHERE id = 'p1') WHERE id = $1", send
        )
        [row] = await self.api.fetch("SELECT * FROM send WHERE id = $1", send)
        return dict(row)

    async def standing(self) -> list[tuple[str | None, str, str]]:
        rows = await self.api.fetch("SELECT person_id, address, reason FROM suppression WHERE lifted_at IS NULL")
        return [(row["person_id"], row["address"], row["reason"]) for row in rows]

    async def refusal(self) -> tuple[str, str, tuple[str, ...]] | None:
        """Why the person may not enter now."""
        async with self.api.database.transaction() as connection:
            version = await self.api.versions.get(connection, "hello1")
            eligibility = Eligibility(Records("UTC"), "GB")
            found = (await eligibility.of_match(connection, version, Match("p1", "p1"), utc_now())).refusal
        return (found.reason, found.detail, found.fields) if found else None


@pytest.fixture
async def returning(api: ApiRig, mail_intake: MailIntake) -> Returning:
    await api.person()
    return Returning(api, mail_intake)


async def test_the_fifth_mail_within_two_weeks_over_all_sequences_closes_the_address(
    api: ApiRig, returning: Returning
) -> None:
    await returning.mails(4)
    assert (await returning.standing(), await returning.refusal()) == ([], None)
    waiting = await returning.sent()
    fifth = (await returning.mails(1))[0]
    assert await returning.standing() == [(None, "p1@client.example", "soft_bounces")]
    # The claim of whatever else was to go there.
    await api.execute("UPDATE send SET state = 'planned', claimed_at = NULL WHERE id = $1", waiting["id"])
    asked = {"id": waiting["id"], "now": api.now, "span_start": api.now, "cap": None, "day": None, "owner": None}
    assert await api.row("claim_send", claimer="t", **asked) is None
    why = await api.row("why_not_claimed", **asked)
    assert why is not None
    assert (why["obstacle"], why["detail"]) == ("suppressed", "soft_bounces")
    day = f"{api.now:%Y-%m-%d}"
    assert await returning.refusal() == ("unreachable", f"soft_bounces since {day}", ("person.email",))
    titles = [row["title"] for row in await api.fetch("SELECT title FROM notification ORDER BY created_at")]
    assert [title.count("returned 5 mails in 14 days") for title in titles] == [0, 0, 0, 0, 1]
    async with api.database.transaction() as connection:
        story = await timeline(connection, str(fifth["enrollment_id"]))
    assert [(moment.kind, moment.why) for moment in story.moments if moment.kind == "suppression"] == [
        ("suppression", "soft_bounces")
    ]


async def test_another_address_is_not_meant(api: ApiRig, returning: Returning) -> None:
    await returning.mails(5)
    assert await returning.refusal() is not None
    await api.person("p1", email="p1@home.example")
    assert await returning.refusal() is None
    assert (await returning.sent())["recipient"] == "p1@home.example"
    await api.person("p2", email="P1@CLIENT.example")
    found = await api.rows("suppressions_of", person_id="p2", email="p1@client.example", phone=None)
    assert [row["reason"] for row in found] == ["soft_bounces"]


async def test_a_humans_word_begins_anew(api: ApiRig, returning: Returning) -> None:
    await returning.mails(5)
    async with api.database.transaction() as connection:
        [listed] = await unreachable(connection, 9)
        assert (listed.address, listed.person_id, listed.returned) == ("p1@client.example", "p1", 5)
        assert await works_again(connection, " P1@Client.example ", api.now) == "p1@client.example"
        assert await unreachable(connection, 9) == []
        with pytest.raises(NotFoundError, match="relance unreachable"):
            await works_again(connection, "p1@client.example", api.now)
    assert (await returning.standing(), await returning.refusal()) == ([], None)
    await returning.mails(4)
    assert await returning.standing() == []
    await returning.mails(1)
    assert len(await returning.standing()) == 1


async def test_who_was_refused_by_a_rule_is_looked_at_again(api: ApiRig, returning: Returning) -> None:
    await returning.mails(5)
    await api.execute(
        "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, fields) "
        "VALUES ('hello1', 'p1', 'p1', 'unreachable', 'soft_bounces', 'rule', $1, $1, $1, '{person.email}')",
        api.now,
    )
    before = len(await api.fetch("SELECT 1 FROM change"))
    async with api.database.transaction() as connection:
        await works_again(connection, "p1@client.example", api.now)
    changes = await api.fetch("SELECT entity_id, fields FROM change ORDER BY id OFFSET $1", before)
    assert [(row["entity_id"], row["fields"]) for row in changes] == [("p1", ["person.suppressed_email"])]


@pytest.mark.parametrize(
    ("number", "days", "more"),
    [
        (6, 4, {}),  # never five within two weeks
        (8, 1, {"action": "delayed", "status": "4.4.1"}),
        (8, 1, {"said": "550 5.7.1 blocked, see our block list", "status": "5.7.1"}),
        (8, 1, {"said": "550 5.7.26 unauthenticated mail: SPF and DKIM failed", "status": "5.7.26"}),
        (8, 1, {"said": "554 5.6.0 message content rejected as spam", "status": "5.6.0"}),
    ],
    ids=["rare", "delays", "our reputation", "our domain", "our content"],
)
async def test_what_does_not_count(returning: Returning, number: int, days: float, more: dict[str, str]) -> None:
    await returning.mails(number, days=days, **more)
    assert (await returning.standing(), await returning.refusal()) == ([], None)


async def test_one_mail_counts_once_however_often_it_is_reported(api: ApiRig, returning: Returning) -> None:
    [send] = await returning.mails(1)
    for number in range(6):
        again = report(send, status=f"5.2.{number}")
        await returning.intake.receive(again, ())
    await returning.mails(3)
    assert await returning.standing() == []


async def test_reports_at_the_same_moment_see_each_other(api: ApiRig, returning: Returning) -> None:
    sends = [await returning.sent() for _ in range(5)]
    await asyncio.gather(*(returning.intake.receive(report(each), ()) for each in sends))
    assert len(await returning.standing()) == 1


@pytest.mark.parametrize(("setting", "expected"), [("2 in 3 days", 1), ("none", 0)])
async def test_the_limit_is_a_setting(
    api: ApiRig, database_url: str, returning: Returning, setting: str, expected: int
) -> None:
    organisation = organisation_of(settings_for(database_url, soft_bounces=setting))

    def clock() -> datetime:
        return api.now

    returning.intake = MailIntake(api.database, organisation, clock, api.wake)
    sends = [await returning.sent() for _ in range(6)]
    for send in sends:
        await returning.intake.receive(report(send), ())
    assert len(await returning.standing()) == expected


async def test_an_opt_out_beside_it_is_the_reason(api: ApiRig, returning: Returning) -> None:
    await returning.mails(5)
    async with api.database.transaction() as connection:
        await queries.value(
            connection,
            "add_suppression",
            person_id="p1",
            address=None,
            channel="email",
            reason="opt_out",
            source="x",
            since=api.now,
        )
    reason, detail, _ = await returning.refusal() or ("", "", ())
    assert (reason, detail.startswith("opt_out")) == ("suppressed", True)
