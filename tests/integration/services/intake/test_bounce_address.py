"""What comes to the signed address for bounces and is none: a person looks at it, and nothing is sent meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from sequences.tokens import TokenKind, sign
from services.enrolling.enroll import EntryRequest
from services.intake.mail import MailIntake
from services.operations.attach import attach, dismiss
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import claimed, reply_address

HEAD = "Message-ID: <1@client.example>\r\nSubject: {subject}\r\n{more}\r\n"


def bounce_address(send: str) -> str:
    return f"{sign(TokenKind.BOUNCE, send, b'token-key-for-tests')}@reply.relance.example"


def mail(words: str, *, sender: str = "p1@client.example", subject: str = "Re: Hello", more: str = "") -> bytes:
    return (
        f"From: {sender}\r\nTo: jobs@agency.example\r\n" + HEAD.format(subject=subject, more=more) + f"{words}\r\n"
    ).encode()


@pytest.mark.parametrize("sender", ["p1@client.example", "desk@client.example"])
async def test_it_waits_for_a_person_and_holds_its_run_alone(api: ApiRig, mail_intake: MailIntake, sender: str) -> None:
    enrollment = await api.enrolled()
    other = await api.enrolled("p2")
    await api.execute("UPDATE enrollment SET owner_id = 'dana'")
    send = await api.sent(enrollment)
    assert await claimed(api, enrollment)
    await mail_intake.receive(mail("Yes please, call me.", sender=sender), (bounce_address(send),))
    assert await api.fetch("SELECT kind FROM reaction") == []
    [row] = await api.fetch("SELECT id, event, state, send_id, holds, reply_text FROM inbound")
    assert (row["event"], row["state"], row["send_id"], row["holds"]) == ("human", "unmatched", None, [enrollment])
    assert row["reply_text"] == "Yes please, call me."
    assert not await claimed(api, enrollment)
    assert await claimed(api, other)
    [told] = await api.fetch("SELECT title, owner_id, enrollment_id FROM notification WHERE kind = 'unmatched'")
    assert (told["owner_id"], told["enrollment_id"]) == ("dana", enrollment)
    assert f"relance attach {row['id'][:10]} {enrollment[:10]}" in told["title"]
    async with api.database.transaction() as connection:
        await dismiss(connection, row["id"], by="CLI", now=api.now)
    assert await claimed(api, enrollment)


async def test_a_person_may_say_that_it_is_an_answer(api: ApiRig, mail_intake: MailIntake) -> None:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    await mail_intake.receive(mail("Yes please."), (bounce_address(send),))
    [row] = await api.fetch("SELECT id FROM inbound")
    async with api.database.transaction() as connection:
        found = await attach(connection, row["id"], enrollment, by="CLI", now=api.now)
    assert (found.kind, found.notes) == ("replied", ())


async def test_a_wish_is_obeyed_all_the_same(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    await mail_intake.receive(mail("Please stop e-mailing me."), (bounce_address(send),))
    rows = await api.fetch("SELECT person_id, channel, reason FROM suppression WHERE lifted_at IS NULL")
    assert [tuple(row.values()) for row in rows] == [("p1", "all", "opt_out")]
    assert await api.fetch("SELECT kind FROM reaction") == []


@pytest.mark.parametrize("theirs", [True, False])
async def test_a_wish_of_somebody_else_holds_until_a_person_has_looked(
    api: ApiRig, mail_intake: MailIntake, *, theirs: bool
) -> None:
    enrollment = await api.enrolled()
    await api.publish("other")
    other = (await api.enrolling.enroll(EntryRequest("other", "n-other", "p1"))).enrollment
    await api.execute("UPDATE enrollment SET state = 'active'")
    send = await api.sent(enrollment)
    await mail_intake.receive(mail("Please stop e-mailing me.", sender="desk@client.example"), (bounce_address(send),))
    assert await api.fetch("SELECT 1 FROM suppression") == []
    assert not await claimed(api, other)
    [row] = await api.fetch("SELECT id FROM inbound")
    async with api.database.transaction() as connection:
        if theirs:
            await attach(connection, row["id"], enrollment, by="CLI", now=api.now)
        else:
            await dismiss(connection, row["id"], by="CLI", now=api.now)
    [hold] = await api.fetch("SELECT outcome, ended_at IS NULL AS stands FROM opt_out_hold")
    assert (hold["outcome"], hold["stands"]) == ("confirmed" if theirs else "denied", False)
    assert len(await api.fetch("SELECT 1 FROM suppression WHERE lifted_at IS NULL")) == int(theirs)
    assert await claimed(api, other) is not theirs


async def test_an_unknown_send_is_proved(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    await mail_intake.receive(mail("Trenutno nema nikoga."), (bounce_address(send),))
    assert [row["state"] for row in await api.fetch("SELECT state FROM send")] == ["sent"]


async def test_machines_are_what_they_are_at_that_address(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    raw = mail("I am away until 3 May 2028.", subject="Automatic reply: Hello", more="Auto-Submitted: auto-replied\r\n")
    await mail_intake.receive(raw, (bounce_address(send),))
    assert [row["kind"] for row in await api.fetch("SELECT kind FROM reaction")] == ["out_of_office"]


async def test_the_same_mail_at_the_address_for_answers_is_an_answer(api: ApiRig, mail_intake: MailIntake) -> None:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    raw = mail("Yes please.")
    await mail_intake.receive(raw, (bounce_address(send),))
    await mail_intake.receive(raw, (bounce_address(send),))
    assert await api.fetch("SELECT kind FROM reaction") == []
    await mail_intake.receive(raw, (reply_address(send),))
    await mail_intake.receive(raw, (bounce_address(send),))
    assert [row["kind"] for row in await api.fetch("SELECT kind FROM reaction")] == ["replied"]
    assert [row["state"] for row in await api.fetch("SELECT state FROM inbound")] == ["matched"]


async def test_of_two_runs_the_one_whose_address_for_answers_it_came_to_gets_it(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    first, second = await api.sent(await api.enrolled()), await api.sent(await api.enrolled("p2"))
    await mail_intake.receive(mail("Yes please."), (bounce_address(first), reply_address(second)))
    rows = await api.fetch("SELECT kind, person_id FROM reaction")
    assert [tuple(row.values()) for row in rows] == [("replied", "p2")]


async def test_to_two_addresses_for_bounces_both_runs_wait(api: ApiRig, mail_intake: MailIntake) -> None:
    one, two = await api.enrolled(), await api.enrolled("p2")
    sends = [await api.sent(one), await api.sent(two)]
    await mail_intake.receive(mail("Yes please."), tuple(map(bounce_address, sends)))
    [row] = await api.fetch("SELECT holds FROM inbound")
    assert sorted(row["holds"]) == sorted([one, two])


async def test_what_cannot_be_read_is_no_answer_there_either(
    api: ApiRig, mail_intake: MailIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_raw: bytes) -> None:
        raise ValueError("this one")

    monkeypatch.setattr("services.intake.mail.read_incoming", fails)
    send = await api.sent(await api.enrolled())
    await asyncio.gather(mail_intake.receive(mail("x"), (bounce_address(send),)))
    [row] = await api.fetch("SELECT event, state, holds FROM inbound")
    assert (row["event"], row["state"], len(row["holds"])) == ("unreadable", "unmatched", 1)
    assert await api.fetch("SELECT kind FROM reaction") == []


async def test_what_a_desk_passes_on_is_obeyed_when_it_asks_to_be_left_alone(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled())
    raw = mail("No thanks, please remove us from your list.", more="Auto-Submitted: auto-generated\r\n")
    await mail_intake.receive(raw, (reply_address(send),))
    rows = await api.fetch("SELECT reason FROM suppression WHERE lifted_at IS NULL")
    assert [row["reason"] for row in rows] == ["opt_out"]
    assert [row["kind"] for row in await api.fetch("SELECT kind FROM reaction")] == ["replied"]


async def test_our_own_subject_makes_no_absence(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE send SET subject = 'Out of office cover wanted'")
    await mail_intake.receive(mail("Yes please.", subject="Out of office cover wanted"), (reply_address(send),))
    assert [row["kind"] for row in await api.fetch("SELECT kind FROM reaction")] == ["replied"]
