"""Mail by way of a group: whose it is, what a forged header gains, and that two ways make one reply."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import asyncio

import pytest

from services.intake.mail import MailIntake
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import reply_address, standing

PERSON = "p1@client.example"


def by_group(words: str, *, to: str, group: str, more: str = "", ident: str = "1") -> bytes:
    return (
        f"From: 'Pat One' via Hiring <{group}>\r\nTo: {to}\r\nSubject: [Hiring] Re: Hello\r\nMessage-ID: <{ident}@client.example>\r\n"
        f"Date: Mon, 3 May 2027 10:00:00 +0200\r\n{more}Precedence: list\r\n\r\n{words}\r\n\r\n-- \r\nhttps://groups.example/hiring\r\n"
    ).encode()


def direct(words: str, *, to: str, ident: str = "1", head: str = "") -> bytes:
    return (
        f"From: Pat One <{PERSON}>\r\nTo: {to}\r\nSubject: Re: Hello\r\nMessage-ID: <{ident}@client.example>\r\n"
        f"Date: Mon, 3 May 2027 10:00:00 +0200\r\n{head}\r\n{words}\r\n"
    ).encode()


async def sender_of(api: ApiRig, send: str) -> str:
    await api.execute("UPDATE send SET sender = 'Dana@agency.example' WHERE id = $1", send)
    return "dana@agency.example"


async def kinds(api: ApiRig) -> list[str]:
    return [row["kind"] for row in await api.fetch("SELECT kind FROM reaction ORDER BY received_at, id")]


@pytest.mark.parametrize(
    "more",
    [
        f"X-Original-Sender: {PERSON}\r\nX-Original-From: Pat One <{PERSON}>\r\nReply-To: {PERSON}\r\n",
        f"Reply-To: Pat One <{PERSON}>\r\n",
        "Reply-To: hiring@agency.example\r\nList-Id: <hiring.agency.example>\r\n",
    ],
)
async def test_a_reply_under_our_own_address_is_the_persons(api: ApiRig, mail_intake: MailIntake, more: str) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    await mail_intake.receive(by_group("Yes please", to=to, group=await sender_of(api, send), more=more), (to,))
    assert await kinds(api) == ["replied"]
    [row] = await api.fetch("SELECT event, sender FROM inbound")
    assert row["event"] == "human"
    assert row["sender"] in (PERSON, "")


async def test_our_own_mail_by_way_of_the_group_is_our_copy(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    ours = await sender_of(api, send)
    raw = by_group(
        "Hello Pat", to=reply_address(send), group="hiring@agency.example", more=f"X-Original-From: {ours}\r\n"
    )
    await mail_intake.receive(raw, ())
    assert await kinds(api) == []
    assert [row["event"] for row in await api.fetch("SELECT event FROM inbound")] == ["own_copy"]


@pytest.mark.parametrize(
    ("group", "state"),
    [
        ("hiring@relance.example", "matched"),
        ("hiring@reply.relance.example", "matched"),
        ("m@evil.example", "unmatched"),
    ],
)
async def test_a_header_alone_makes_nobodys_mail_a_persons(
    api: ApiRig, mail_intake: MailIntake, group: str, state: str
) -> None:
    """Nothing else ties the mail to a run: as good as a forged From in our own domain, and no better."""
    await api.sent(await api.enrolled())
    more = f"X-Original-From: {PERSON}\r\nReply-To: {PERSON}\r\n"
    await mail_intake.receive(
        by_group("Please stop e-mailing me.", to="jobs@agency.example", group=group, more=more), ()
    )
    assert [row["state"] for row in await api.fetch("SELECT state FROM inbound")] == [state]
    assert bool(await standing(api)) is (state == "matched")
    assert await kinds(api) == (["replied"] if state == "matched" else [])


@pytest.mark.parametrize("first", ["direct", "group"])
async def test_directly_and_by_a_group_it_is_one_reply(api: ApiRig, mail_intake: MailIntake, first: str) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    ways = [
        direct("Yes please", to=to),
        by_group("Yes please", to=to, group="hiring@agency.example", more=f"X-Original-From: {PERSON}\r\n"),
    ]
    for raw in ways if first == "direct" else reversed(ways):
        await mail_intake.receive(raw, (to,))
    assert await kinds(api) == ["replied"]
    assert len(await api.fetch("SELECT id FROM inbound")) == 1


async def test_two_ways_at_once_are_one_reply(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    group = by_group("Yes please", to=to, group="hiring@agency.example", more=f"X-Original-From: {PERSON}\r\n")
    await asyncio.gather(*(mail_intake.receive(raw, (to,)) for raw in [direct("Yes please", to=to), group] * 3))
    assert await kinds(api) == ["replied"]


@pytest.mark.parametrize(
    "other",
    [
        direct("No thanks", to="{to}"),
        direct("Yes please", to="{to}", ident="2"),
        direct("Yes please", to="{to}").replace(b"10:00:00", b"10:00:07"),
        direct("Yes please", to="{to}").replace(b"p1@client", b"p9@client", 1),
    ],
)
async def test_another_mail_is_another_reply(api: ApiRig, mail_intake: MailIntake, other: bytes) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    await mail_intake.receive(direct("Yes please", to=to), (to,))
    await mail_intake.receive(other.replace(b"{to}", to.encode()), (to,))
    assert await kinds(api) == ["replied", "replied"]


async def test_a_person_beyond_ascii_is_found_by_any_spelling(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE send SET recipient = 'pät@müller.example', recipient_key = 'pät@xn--mller-kva.example'")
    await mail_intake.receive(
        "From: PA\u0308T@M\u00dcLLER.example\r\nSubject: Re: Hello\r\nMessage-ID: <9@x>\r\n\r\nYes\r\n".encode(), ()
    )
    [row] = await api.fetch("SELECT send_id, sender, detail FROM inbound")
    assert (row["send_id"], row["sender"]) == (send, "pät@xn--mller-kva.example")
    assert "other_sender" not in row["detail"]
