"""No mail stops the mails behind it: whatever cannot be read or stored as it is waits for a person, acknowledged."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
import pytest

from adapters.postgres import listings
from adapters.postgres import queries as typed_queries
from benchmarks.fuzz.mails import mutated
from sequences.errors import TokenError
from sequences.tokens import TokenKind, verify
from services.intake import mail as intake_of_mail
from services.intake.mail import MailIntake
from services.operations.attach import attach
from tests.support.mutated_mails import corpus
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import reply_address

MAIL = b"From: p1@client.example\r\nTo: us@agency.example\r\nMessage-ID: <1@c>\r\nSubject: Hi\r\n"


async def rows(api: ApiRig) -> list[dict[str, Any]]:
    return await api.fetch("SELECT id, event, state, text, raw, detail FROM inbound ORDER BY received_at, id")


@pytest.mark.parametrize(
    "raw",
    [
        MAIL + b"Content-Type: text/html\r\n\r\n<p>&#" + b"9" * 5_000 + b"; hello",
        MAIL + b"Content-Type: text/html\r\n\r\n<p>&#" + b"0" * 50_000 + b"; hello",
        MAIL + b"Date: Fri, 31 Dec 9999 23:59:59 +0000\r\nAuto-Submitted: auto-replied\r\n\r\nI am back next week.",
        MAIL + b"In-Reply-To: <\x00\xed\xa0\x80@x>\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA- \x00 hi",
        MAIL.replace(b"us@agency", "r\u00e9ply\u2603".encode() + b"@reply.relance") + b"\r\nhello",
        MAIL.replace(b"<1@c>", b"<" + b"x" * 3_000 + b"@c>") + b"\r\nhello",
        b"",
        b"\x00" * 100,
    ],
)
async def test_what_broke_the_reader_once_is_read(api: ApiRig, mail_intake: MailIntake, raw: bytes) -> None:
    odd = ("r" + "\u00e9" * 30 + "@reply.relance.example", "\udce9@reply.relance.example", "@", "")
    await mail_intake.receive(raw, odd)
    [row] = await rows(api)
    assert row["event"] != "unreadable"
    assert row["raw"] == raw


def test_a_token_beyond_ascii_is_merely_wrong() -> None:
    for token in ("rabcdefgh1234567\u00e923456789012345", "rabcdefgh" + "\udce9" * 16):
        with pytest.raises(TokenError):
            verify(TokenKind.REPLY, token, (b"key",))


async def test_what_the_reader_did_not_foresee_is_kept_shown_and_acknowledged(
    api: ApiRig, mail_intake: MailIntake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(raw: bytes) -> None:
        raise RecursionError("p1@client.example")

    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    raw = MAIL + b"\r\nWords that nobody can read\r\n"
    with monkeypatch.context() as patched:
        patched.setattr(intake_of_mail, "read_incoming", fail)
        assert (await mail_intake.receive(raw, ())).fresh
        assert not (await mail_intake.receive(bytes(bytearray(raw)), ())).fresh
        answered = await mail_intake.receive(raw + b"!", (reply_address(send),))
    assert "RecursionError" in caplog.text
    assert "client.example" not in caplog.text
    first, second = await rows(api)
    assert {(row["event"], row["state"]) for row in (first, second)} == {
        ("unreadable", "unmatched"),
        ("unreadable", "matched"),
    }
    assert answered.reaction, "whoever answers to a signed address stops the run, readable or not"
    [shown] = await api.listed(listings.UNMATCHED)
    assert "Words that nobody can read" in shown["reply_text"]
    async with api.database.transaction() as connection:
        done = await attach(connection, shown["id"], enrollment, by="CLI", now=api.now)
    assert done.kind == "replied"


async def test_what_postgres_cannot_take_is_kept_as_unreadable(
    api: ApiRig, mail_intake: MailIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.store_inbound.storable", lambda value: "\x00" if value == "hi" else value)
    raw = MAIL + b"Content-Type: text/plain\r\n\r\nhi"
    assert (await mail_intake.receive(raw, ())).fresh
    [row] = await rows(api)
    assert (row["event"], row["state"], row["raw"]) == ("unreadable", "unmatched", raw)


async def test_a_fault_of_ours_is_not_blamed_on_the_mail(
    api: ApiRig, mail_intake: MailIntake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres in trouble is no fault of the mail's: its sender keeps it."""

    async def fail(*_: object, **__: object) -> None:
        raise asyncpg.SerializationError("busy")

    monkeypatch.setattr(typed_queries, "add_inbound", fail)
    with pytest.raises(asyncpg.SerializationError):
        await mail_intake.receive(MAIL + b"\r\nhello", ())
    assert await rows(api) == []


async def test_mutated_mails_are_all_stored(api: ApiRig, mail_intake: MailIntake) -> None:
    """What ``tests/unit/inbound/test_mutations.py`` asks of the reader, asked of Postgres as well."""
    send = await api.sent(await api.enrolled())
    seeds, to = corpus(), reply_address(send)
    for number in range(250):
        raw = mutated(random.Random(f"tables:{number}"), seeds)
        await mail_intake.receive(raw, (to,) if number % 3 == 0 else ())
    events = {row["event"] for row in await api.fetch("SELECT DISTINCT event FROM inbound")}
    assert "unreadable" not in events
    assert len(await api.fetch("SELECT 1 AS x FROM inbound")) > 150
