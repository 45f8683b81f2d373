"""A message that waits and was never handed over takes the data of the day on which it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sequences.sending.outcome import TransportOutcome, TransportVerdict
from starter.local.mail_capture import list_mail, read_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

FIRST = "sequence: capa\nname: First\nrecord: person\nsteps:\n  - {id: one, email: bd/introduce}\n"
SECOND = FIRST.replace("capa", "capb").replace("First", "Second")


async def test_a_mail_that_a_cap_put_off_goes_to_the_new_address_in_the_new_name(flow: FlowRig) -> None:
    await flow.publish("capa", FIRST)
    await flow.publish("capb", SECOND)
    await flow.person(first_name="Maiden", email="old@client.example")
    await flow.write("owner", "erin", first_name="Erin", last_name="Next", email="erin@agency.example")
    first = await flow.enroll("capa")
    await flow.until_step(first, "one")
    second = await flow.enroll("capb")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=second.enrollment)
        return bool(steps) and steps[0]["reason"] == "frequency_cap"

    await flow.until(put_off)
    waiting = (await flow.rows("sends_of", enrollment_id=second.enrollment))[0]
    assert (waiting["recipient"], waiting["handed_at"]) == ("old@client.example", None)
    await flow.write("person", "p1", first_name="Married", email="new@client.example", owner_id="erin")
    await flow.skip(second, days=1, minutes=1)
    await flow.until_step(second, "one")
    sent = list_mail(flow.mail.folder)[-1]
    assert sent.recipient == "new@client.example"
    mail = read_mail(flow.mail.folder, sent.file)
    assert "Married" in (mail.text or "")
    assert "Maiden" not in mail.raw.decode()
    assert "erin@agency.example" in (mail.header("From") or "")
    row = (await flow.rows("sends_of", enrollment_id=second.enrollment))[0]
    # The same send, known by the same id: a reply to it is found.
    assert (row["id"], row["message_id"]) == (waiting["id"], waiting["message_id"])
    assert (row["recipient"], row["sender"]) == ("new@client.example", "erin@agency.example")


@pytest.mark.parametrize("known", [False, True])
async def test_only_what_may_be_out_keeps_its_words(flow: FlowRig, known: bool) -> None:
    """A text that Twilio put off was read by it; one that never left us was not."""
    stage = "http" if known else "connect"

    class Away:
        tries = 0

        async def send(self, *, body: str, handover: object, **_: object) -> TransportOutcome:
            Away.tries += 1
            handover.may_be_out = known  # type: ignore[attr-defined]
            said.append(body)
            if Away.tries == 1:
                return TransportOutcome(TransportVerdict.RETRY, stage, "429", "later", retry_after=120)
            return TransportOutcome(TransportVerdict.ACCEPTED, "http")

    said: list[str] = []
    flow.texts.send = Away().send  # type: ignore[method-assign]
    await flow.publish(
        "texts",
        "sequence: texts\nname: Texts\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
        "  - {id: one, sms: onboarding/how-is-it-going}\n",
    )
    await flow.person(first_name="Maiden", timezone=_awake())
    accepted = await flow.enroll("texts")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return bool(steps) and str(steps[0]["reason"]).startswith("retry")

    await flow.until(put_off)
    await flow.write("person", "p1", first_name="Married")
    await flow.skip(accepted, minutes=3)
    await flow.until_step(accepted, "one")
    assert ("Maiden" in said[1]) == known
    assert ("Married" in said[1]) == (not known)


def _awake() -> str:
    from datetime import UTC, datetime

    shift = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"
