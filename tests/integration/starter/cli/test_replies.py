"""``relance replies``, ``reply`` and ``replies-by`` against a real Postgres, and the real ways in of a local stack."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.sms.twilio_transport import TwilioTransport
from services.intake.mail import MailIntake
from starter.cli.main import app
from starter.local.twilio.server import TwilioStandIn
from tests.support.rigs.inbound import listening
from tests.support.rigs.replies import RepliesRig, replies_rig
from tests.support.servers.twilio import (
    ACCOUNT,
    OURS,
    PERSON,
    TOKEN,
    hook,
    hook_server,
    make_standin,
    make_transport,
)

__all__ = ["hook", "hook_server", "make_standin", "make_transport"]

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def relance(in_environment: None) -> Call:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else " ".join(done.output.split())

    return call


@pytest.fixture
async def rig(database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        yield rig


async def test_replies_are_listed_with_filters_and_answered(relance: Call, rig: RepliesRig) -> None:
    assert await relance("replies") == "no replies"
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Yes, call me on Monday"))
    reply = (await rig.replies())[0]["id"]
    assert "not judged yet" in await relance("replies")
    await rig.judge(reply)
    shown = await relance(
        "replies", "--since", "2027-05-01", "--owner", "dana", "--sequence", "intro", "--label", "positive"
    )
    assert "Yes, call me on Monday" in shown
    assert "positive, interested (0.93)" in shown
    assert "run: stop" in shown
    assert "Dana Owner (at once)" in shown
    for option in ("--needs-review", "--needs-reading"):
        assert await relance("replies", option) == "no reply of that kind"
    assert await relance("replies", "--since", "2027-06-01") == "no reply of that kind"
    assert [line["id"] for line in await relance("replies", "--since", "2000 days", "--json")] == [reply]
    assert "not a date" in await relance("replies", "--since", "soon", status=2)
    done = await relance("reply", reply[:10], "Monday at ten?", "--json")
    assert (done["reply"], done["state"], done["repeated"]) == (reply, "planned", False)
    assert "nothing changed" in await relance("reply", reply, "Monday at ten?")
    assert "sent within seconds" in await relance("reply", reply, "Monday at ten?", "--key", "again")
    assert "had this key before" in await relance("reply", reply, "Tuesday?", "--key", "again", status=4)
    assert "unknown reaction" in await relance("reply", "raaaaaaaa", "Hello", status=3)
    assert "answered (planned)" in await relance("replies")


async def test_an_opt_out_is_answered_only_when_it_is_said(relance: Call, rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Please remove me from your list."))
    reply = (await rig.replies())[0]["id"]
    assert "--anyway" in await relance("reply", reply, "You are off the list", status=4)
    assert "sent within seconds" in await relance("reply", reply, "You are off the list", "--anyway")
    assert "opt-out" in await relance("replies")


async def test_as_the_person_through_the_real_way_in(
    relance: Call, rig: RepliesRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mail = await rig.written_to()
    intake: MailIntake = rig.intake
    async with listening(intake) as listener:
        monkeypatch.setenv("RELANCE_MAIL_FOLDER", str(rig.server.folder))
        monkeypatch.setenv("RELANCE_INBOUND_PORT", str(listener.port))
        monkeypatch.setenv("RELANCE_INBOUND_PROTOCOL", "smtp")
        number = int(mail.mail.file.split("-")[0])
        said = await relance("reply", "--as-person", number, "Yes, I am interested", "--json")
        assert (said["channel"], said["sender"]) == ("email", mail.mail.recipient)
        assert "unknown captured mail" in await relance("reply", "--as-person", 99, "Hello", status=3)
        assert "neither --key" in await relance("reply", "--as-person", number, "Hello", "--key", "k", status=2)
    (line,) = await relance("replies", "--json")
    assert line["text"] == "Yes, I am interested"


async def test_as_the_person_by_text(
    relance: Call,
    make_standin: Callable[..., Awaitable[TwilioStandIn]],
    make_transport: Callable[..., TwilioTransport],
    hook: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standin = await make_standin(inbound_url=f"{hook.url}/twilio/inbound")
    for name, value in (
        ("TEXTS_FOLDER", str(tmp_path)),
        ("STANDIN_URL", standin.url),
        ("TWILIO_ACCOUNT_SID", ACCOUNT),
        ("TWILIO_AUTH_TOKENS", TOKEN),
    ):
        monkeypatch.setenv(f"RELANCE_{name}", value)
    assert "no text to that number" in await relance("reply", "--as-person", PERSON, "Yes", status=3)
    sent = await make_transport(standin.url).send(
        recipient=PERSON, body="Are you ready?", sender=OURS, status_callback=f"{hook.url}/status"
    )
    assert sent.verdict.value == "accepted"
    said = await relance("reply", "--as-person", PERSON, "Yes, see you there", "--json")
    assert (said["channel"], said["sender"]) == ("sms", PERSON)
    (call,) = [call for call in hook.calls if call.path == "/twilio/inbound"]
    assert dict(call.form)["Body"] == "Yes, see you there"


async def test_how_replies_reach_an_owner(relance: Call, rig: RepliesRig) -> None:
    await rig.execute("INSERT INTO owner (id, email) VALUES ('dana', 'dana@agency.example'), ('eli', NULL)")
    assert await relance("replies-by", "dana", "notify", "--json") == {
        "owner": "dana",
        "replies": "notify",
        "reachable": True,
    }
    assert "as RELANCE_REPLIES says" in await relance("replies-by", "dana", "default")
    assert "has no e-mail address yet" in await relance("replies-by", "eli", "forward")
    assert "unknown owner nobody" in await relance("replies-by", "nobody", "none", status=3)
    assert "fax" in await relance("replies-by", "dana", "fax", status=2)
