"""A reply and the answer to it through everything: intake, run, dispatcher, worker, mail server; without a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.clock import utc_now
from services.replies.answer import AnswerAsked
from starter.composition import answering_of
from starter.local.mail_capture import OpenedMail, list_mail, read_mail
from tests.support.raw_history import found_in, raw_history

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

DANA = "dana@agency.example"


@pytest.fixture(autouse=True)
def forwarding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting of the flow that starts after this."""
    monkeypatch.setenv("RELANCE_REPLIES", "forward")


def mails_to(flow: FlowRig, address: str) -> list[OpenedMail]:
    return [read_mail(flow.mail.folder, each.file) for each in list_mail(flow.mail.folder) if each.recipient == address]


async def test_a_reply_reaches_the_owner_and_the_answer_the_person(flow: FlowRig) -> None:
    await flow.person()
    await flow.publish("new-services")
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")

    async def forwarded() -> bool:
        return bool(mails_to(flow, DANA))

    await flow.until(forwarded)
    (mail,) = mails_to(flow, DANA)
    assert mail.header("Auto-Submitted") == "auto-generated"
    text = mail.text or ""
    assert text.startswith("Please tell me more")
    assert "Relance takes it for positive" in text
    assert "- the run: stop" in text
    (reply,) = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    answering = answering_of(flow.services.settings)
    async with flow.services.database.transaction() as connection:
        asked = AnswerAsked(reply["id"], "Gladly: Monday at ten?")
        await answering.answer(connection, asked, utc_now())
    person = str(mail.header("Reply-To"))

    async def answered() -> bool:
        return len(mails_to(flow, person)) == 2

    await flow.until(answered)
    assert (mails_to(flow, person)[-1].text or "").strip() == "Gladly: Monday at ten?"
    passed = flow.services.client.get_workflow_handle(f"mail-now:{reply['id']}")
    assert found_in(await raw_history(passed), ("Alex", "Example", "dana", "agency", "more")) == []
