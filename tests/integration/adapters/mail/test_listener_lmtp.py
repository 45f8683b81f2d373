"""A stock LMTP client (smtplib's) hands mail in, and gets one answer for each recipient."""

from __future__ import annotations

import asyncio
import smtplib
from typing import Any

from adapters.mail.incoming.listener import MailListener
from sequences.inbound.read_incoming import read_incoming
from services.intake.mail import MailIntake
from starter.composition import organisation_of
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import reply, reply_address, stored


def _hand_over(port: int, recipients: list[str], raw: bytes) -> tuple[dict[str, Any], list[tuple[int, bytes]]]:
    """What MAIL, RCPT and DATA were answered; the final dot has an answer for each recipient (RFC 2033)."""
    with smtplib.LMTP("127.0.0.1", port, timeout=20) as client:
        client.ehlo_or_helo_if_needed()
        assert client.mail("p1@client.example")[0] == 250
        rcpt = {each: client.rcpt(each) for each in recipients}
        first = client.data(raw)
        return rcpt, [first, *(client.getreply() for _ in recipients[1:])]


async def test_each_recipient_has_its_answer_and_the_mail_is_one_row(api: ApiRig) -> None:
    send = await api.sent(await api.enrolled())
    read: list[object] = []

    async def apart(function: Any, /, *arguments: Any, **named: Any) -> Any:
        read.append(function)
        return function(*arguments, **named)

    intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake, apart)
    listener = MailListener(intake.receive)
    await listener.start()
    recipients = ["x@y.example", reply_address(send), *(f"r{number}@y.example" for number in range(98))]
    try:
        rcpt, answers = await asyncio.to_thread(_hand_over, listener.port, recipients, reply())
    finally:
        await listener.stop()
    assert {code for code, _ in rcpt.values()} == {250}
    assert [code for code, _ in answers] == [250] * 100
    assert await stored(api) == [("matched", "token", reply())]
    assert read.count(read_incoming) == 1


async def test_sendmail_of_the_standard_library(api: ApiRig) -> None:
    intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake)

    async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
        await intake.receive(raw, recipients)

    listener = MailListener(receive)
    await listener.start()

    def send() -> dict[str, Any]:
        with smtplib.LMTP("127.0.0.1", listener.port, timeout=20) as client:
            return client.sendmail("p1@client.example", ["x@y.example"], reply())

    try:
        assert await asyncio.to_thread(send) == {}
        assert await asyncio.to_thread(send) == {}
    finally:
        await listener.stop()
    assert [state for state, _, _ in await stored(api)] == ["unmatched"]
