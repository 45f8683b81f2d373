"""Keys of reply addresses are rotated while mails that the old one signed are still answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
import pytest_asyncio

from sequences.tokens import TokenKind, is_shaped, sign
from services.intake.mail import UNSIGNED, MailIntake
from services.organisation import Organisation
from services.sending.compose_email import Composer
from tests.support.rigs.send import NOW, ORGANISATION, SendRig, send_rig

BOTH = replace(ORGANISATION, token_keys=(b"the new key", *ORGANISATION.token_keys))
NEW = replace(ORGANISATION, token_keys=(b"the new key",))


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as opened:
        await opened.publish("intro")
        yield opened


async def sent(rig: SendRig, organisation: Organisation) -> Any:
    """The send of a new run, whose mail went out; written by this organisation."""
    rig.composer = Composer(rig.composer._renderer, organisation)
    run = await rig.ready("intro")
    await rig.send(run)
    return await rig.row(run)


def headers(send: Any) -> Any:
    return message_from_bytes(send["content"])


async def answered(rig: SendRig, organisation: Organisation, to: str, number: int, more: str = "") -> Any:
    """What became of an answer from somebody whom nobody knows, to this address alone."""
    intake = MailIntake(rig.database, organisation, lambda: NOW, lambda: None)
    raw = f"From: s@private.example\r\nMessage-ID: <{number}@private.example>\r\n{more}\r\nYes, call me.\r\n"
    await intake.receive(raw.encode(), (to,))
    [row] = await rig.fetch(
        "SELECT send_id, matched_by, state, detail->'reasons' AS reasons FROM inbound WHERE key LIKE $1",
        f"%<{number}@private.example>%",
    )
    return row


async def test_old_mail_is_answered_until_its_key_is_removed(rig: SendRig, caplog: pytest.LogCaptureFixture) -> None:
    old = await sent(rig, ORGANISATION)
    address = headers(old)["Reply-To"]
    found = await answered(rig, BOTH, address, 1)
    assert (found["send_id"], found["matched_by"]) == (old["id"], "token")
    new = await sent(rig, BOTH)
    found = await answered(rig, BOTH, headers(new)["Reply-To"], 2)
    assert (found["send_id"], found["matched_by"]) == (new["id"], "token")
    assert "RELANCE_TOKEN_KEYS" not in caplog.text
    found = await answered(rig, NEW, headers(new)["Reply-To"], 3)
    assert found["send_id"] == new["id"]
    # The old key is gone: a person has to say whose answer this is, and the row and the log say why.
    found = await answered(rig, NEW, address, 4)
    assert (found["send_id"], found["state"], found["reasons"][-1]) == (None, "unmatched", UNSIGNED)
    assert "RELANCE_TOKEN_KEYS" in caplog.text
    assert address.partition("@")[0] not in caplog.text
    # A mail program that cites our Message-ID needs no key.
    found = await answered(rig, NEW, address, 5, f"In-Reply-To: {headers(old)['Message-ID']}\r\n")
    assert (found["send_id"], found["matched_by"]) == (old["id"], "message_id")
    assert UNSIGNED not in found["reasons"]


async def test_what_is_no_address_of_ours_is_not_called_unsigned(rig: SendRig) -> None:
    found = await answered(rig, NEW, f"info@{NEW.reply_domain}", 1)
    assert (found["state"], UNSIGNED in found["reasons"]) == ("unmatched", False)
    found = await answered(rig, NEW, f"{sign(TokenKind.REPLY, 'sabcdefgh', b'x')}@elsewhere.example", 2)
    assert UNSIGNED not in found["reasons"]


async def test_a_message_id_tells_nothing_of_the_reply_address(rig: SendRig) -> None:
    send = await sent(rig, ORGANISATION)
    local = headers(send)["Message-ID"].strip("<>").partition("@")[0]
    identity, _, shown = local.partition(".")
    assert (identity, len(shown)) == (send["id"], 8)
    for kind in set(TokenKind) - {TokenKind.MESSAGE_ID}:
        mac = sign(kind, identity, ORGANISATION.key)[-16:]
        assert not any(shown[at : at + 4] in mac for at in range(5)), kind
    content = send["content"].decode()
    assert sign(TokenKind.MESSAGE_ID, identity, ORGANISATION.key) not in content
    # Mails of 0.1 have another Message-ID, which is found as it is stored.
    former = f"<{identity}.{sign(TokenKind.REPLY, identity, ORGANISATION.key)[-8:]}@agency.example>"
    async with rig.database.statement() as connection:
        await connection.execute("UPDATE send SET message_id = $1", former)
    found = await answered(rig, NEW, "info@agency.example", 1, f"In-Reply-To: {former}\r\n")
    assert (found["send_id"], found["matched_by"]) == (send["id"], "message_id")


def test_the_shape_of_a_token() -> None:
    token = sign(TokenKind.REPLY, "sabcdefgh", b"any")
    assert is_shaped(TokenKind.REPLY, token.upper())
    assert not is_shaped(TokenKind.BOUNCE, token)
    assert not is_shaped(TokenKind.REPLY, token[:-1] + "\u00e9")
    assert not is_shaped(TokenKind.REPLY, "r")
