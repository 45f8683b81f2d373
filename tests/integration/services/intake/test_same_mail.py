"""One mail is one row, one reaction a run and one task, whichever ways it took; two mails are two."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from sequences import ids
from services.intake.mail import MailIntake
from tests.support import by_name as queries
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import listening, reply_address
from tests.support.waiting import PATIENCE

TRACE = b"Return-Path: <p1@client.example>\r\nDelivered-To: answers@agency.example\r\nReceived: from a by b; today\r\n"


def answer(*to: str, words: str = "Yes please", message_id: str = "<1@client.example>", more: str = "") -> bytes:
    ident = f"Message-ID: {message_id}\r\n" if message_id else ""
    return (
        f"From: p1@client.example\r\nTo: {', '.join(to)}\r\n{ident}Subject: Re: Hello\r\n{more}\r\n{words}\r\n"
    ).encode()


async def counts(api: ApiRig) -> tuple[int, int]:
    [row] = await api.fetch("SELECT (SELECT count(*) FROM inbound) AS a, (SELECT count(*) FROM reaction) AS b")
    return row["a"], row["b"]


@pytest.mark.parametrize("message_id", ["<1@client.example>", ""])
async def test_by_lmtp_and_by_imap_it_is_one_reply(api: ApiRig, mail_intake: MailIntake, message_id: str) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    raw = answer(to, "answers@agency.example", message_id=message_id)
    await mail_intake.receive(raw, (to,))
    assert not (await mail_intake.receive(TRACE + raw, ())).fresh
    assert not (await mail_intake.receive(b"Received: from b by c\n" + raw.replace(b"\r\n", b"\n"), ())).fresh
    assert await counts(api) == (1, 1)


async def test_when_imap_is_first_and_knows_no_run_the_envelope_tells_it_later(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE enrollment SET state = 'finished'")
    raw = answer("answers@agency.example")
    await mail_intake.receive(TRACE + raw, ())
    assert await counts(api) == (1, 0)
    assert (await mail_intake.receive(raw, (reply_address(send),))).reaction
    [row] = await api.fetch("SELECT state, send_id, matched_by FROM inbound")
    assert (row["state"], row["send_id"], row["matched_by"]) == ("matched", send, "token")
    assert await counts(api) == (1, 1)


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
async def test_one_mail_to_two_of_our_addresses_reaches_both_runs(
    api: ApiRig, mail_intake: MailIntake, protocol: str
) -> None:
    first, second = await api.sent(await api.enrolled("p1")), await api.sent(await api.enrolled("p2"))
    to = [reply_address(first), "x@agency.example", reply_address(second)]

    def hand_over(port: int) -> list[int]:
        import smtplib

        kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
        with kind("127.0.0.1", port, timeout=60) as client:
            client.ehlo_or_helo_if_needed()
            client.mail("p1@client.example")
            for each in to:
                client.rcpt(each)
            codes = [client.data(answer("answers@agency.example"))[0]]
            return [*codes, *(client.getreply()[0] for _ in to[1:] if protocol == "lmtp")]

    async with listening(mail_intake, protocol) as listener:
        for _ in range(2):
            assert set(await asyncio.to_thread(hand_over, listener.port)) == {250}
    assert await counts(api) == (1, 2)
    rows = await api.fetch("SELECT person_id, kind, holds FROM reaction ORDER BY person_id")
    assert [(row["person_id"], row["kind"], row["holds"]) for row in rows] == [
        ("p1", "replied", True),
        ("p2", "replied", True),
    ]


async def test_both_addresses_in_the_head_reach_both_runs_too(api: ApiRig, mail_intake: MailIntake) -> None:
    first, second = await api.sent(await api.enrolled("p1")), await api.sent(await api.enrolled("p2"))
    await mail_intake.receive(answer(reply_address(first), reply_address(second)), ())
    assert await counts(api) == (1, 2)


async def test_eight_deliveries_at_once_are_one(api: ApiRig, mail_intake: MailIntake) -> None:
    first, second = await api.sent(await api.enrolled("p1")), await api.sent(await api.enrolled("p2"))
    raw = answer("answers@agency.example")
    await asyncio.gather(
        *(
            mail_intake.receive(b"Received: %d\r\n" % number + raw, (reply_address((first, second)[number % 2]),))
            for number in range(8)
        )
    )
    assert await counts(api) == (1, 2)


async def test_two_mails_of_one_message_id_stay_two(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    for words in ("Yes please", "No, on second thoughts"):
        await mail_intake.receive(answer(to, words=words), (to,))
    assert await counts(api) == (2, 2)


@pytest.mark.parametrize("again", [b"", TRACE])
async def test_what_release_0_1_stored_is_not_stored_again(api: ApiRig, mail_intake: MailIntake, again: bytes) -> None:
    """It knew a mail by Message-ID and all its bytes; a folder is read once more when its UIDVALIDITY changes."""
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    raw = answer(to)
    old = f"mail:<1@client.example>:{hashlib.sha256(raw).hexdigest()}"
    async with api.database.transaction() as connection:
        sent = await queries.row(connection, "send_row", id=send)
        assert sent is not None
        await queries.value(
            connection,
            "add_inbound",
            id=ids.inbound_id(old),
            key=old,
            channel="email",
            received_at=api.now,
            raw=raw,
            event="human",
            sender="p1@client.example",
            text="Yes please",
            reply_text="Yes please",
            detail={},
            matched_by="token",
            send_id=send,
            state="matched",
        )
        await queries.value(
            connection,
            "add_reaction",
            id=ids.reaction_id(old),
            key=old,
            person_id="p1",
            kind="replied",
            enrollment_id=sent["enrollment_id"],
            channel="email",
            send_id=send,
            inbound_id=ids.inbound_id(old),
            holds=True,
            detail={},
            received_at=api.now,
        )
    assert not (await mail_intake.receive(again + raw, (to,))).fresh
    assert await counts(api) == (1, 1)
    # Another mail of the same Message-ID is another mail.
    assert (await mail_intake.receive(answer(to, words="No."), (to,))).fresh


async def test_a_mail_of_thirty_megabytes_is_taken(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    to = reply_address(send)
    line = b"QUJD" * 19 + b"\r\n"
    head = answer(
        to, more="Content-Type: multipart/mixed; boundary=b\r\n", words="--b\r\n\r\nYes, my CV is attached.\r\n--b"
    )
    raw = (
        head
        + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + line * 390_000
        + b"--b--\r\n"
    )
    assert len(raw) > 30_000_000

    def hand_over(port: int) -> int:
        import smtplib

        with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            client.ehlo_or_helo_if_needed()
            assert int(client.esmtp_features["size"]) >= 50_000_000
            client.mail("p1@client.example", [f"SIZE={len(raw)}"])
            client.rcpt(to)
            return client.data(raw)[0]

    async with listening(mail_intake, "lmtp") as listener:
        assert await asyncio.to_thread(hand_over, listener.port) == 250
    [row] = await api.fetch("SELECT state, reply_text, length(raw) AS size FROM inbound")
    assert (row["state"], row["reply_text"], row["size"]) == ("matched", "Yes, my CV is attached.", len(raw))
