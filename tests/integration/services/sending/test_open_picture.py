"""A mail counts opens only where its sequence says so: a picture at its end, and a row that knows it."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from sequences.checking.sequence_file import load_file
from sequences.tokens import TokenKind, verify
from tests.support.rigs.send import MAIL, NOW, ORGANISATION, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as found:
        yield found


async def written(rig: SendRig, tracking: str) -> tuple[str, str, list[Any]]:
    """The two bodies of a mail of a sequence with this ``tracking``, and the ids of its pictures."""
    text = f"sequence: seq\nname: S\nrecord: person\ntracking: {tracking}\nsteps:\n  - {{id: one, email: t/mail}}\n"
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "seq.yaml").sequence, {MAIL.name: MAIL.to_json()}, NOW)
    context = await rig.ready("seq")
    mail = message_from_bytes((await rig.row(context))["content"], policy=policy.default)
    html, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    pictures = await rig.fetch("SELECT id FROM send_link WHERE target = 'open:'")
    return html.get_content(), plain.get_content(), [row["id"] for row in pictures]


async def test_a_sequence_that_counts_opens_puts_a_picture_at_the_end(rig: SendRig) -> None:
    html, plain, [picture] = await written(rig, "opens")
    before, _, after = html.partition('<img src="')
    token = after.partition('"')[0].rpartition("/o/")[2]
    assert verify(TokenKind.OPEN, token, ORGANISATION.token_keys) == picture
    assert after.partition(">")[0].endswith('width="1" height="1" alt="" style="border:0"')
    assert before.strip().endswith("</p>") or "<a " in before
    assert after.partition(">")[2].strip().startswith("</body>")
    assert "/o/" not in plain


@pytest.mark.parametrize("tracking", ["true", "false"])
async def test_other_sequences_have_none(rig: SendRig, tracking: str) -> None:
    html, _, pictures = await written(rig, tracking)
    assert "<img" not in html
    assert "/o/" not in html
    assert pictures == []
