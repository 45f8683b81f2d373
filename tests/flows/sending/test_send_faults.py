"""Sends that go wrong: refused, dropped, unknown, capped, missing a field. Never twice, never silent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.errors import RefusedError
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.intake.sms import SmsIntake
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

TEXTS = (
    "sequence: texts\nname: Texts\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, sms: onboarding/how-is-it-going}\n"
)


def _texts(policy: str) -> str:
    # The recipient's clock may say 3 a.m. while the test runs; a far zone with the sun up is found by the test itself.
    return TEXTS.replace("record: person", f"record: person\nif_unknown: {policy}")


def _awake() -> str:
    """A zone where it is the middle of the day now: texts obey quiet hours in tests as well."""
    hour = datetime.now(UTC).hour
    shift = (12 - hour + 12) % 24 - 12
    # The sign of Etc/GMT zones is the other way round (POSIX).
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


async def test_a_refusal_that_may_pass_is_tried_again_at_a_later_time_of_the_run(flow: FlowRig) -> None:
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.RETRY, "http", "429", retry_after=120)]
    await flow.publish("texts", TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return bool(steps) and str(steps[0]["reason"]).startswith("retry")

    await flow.until(put_off)
    await flow.skip(accepted, minutes=3)
    await flow.until_step(accepted, "one")
    assert len(flow.texts.sent) == 2


async def test_an_unknown_outcome_is_never_sent_again_and_the_owner_is_told(flow: FlowRig) -> None:
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.UNKNOWN, "http", None, "the connection was lost")]
    await flow.publish("texts", _texts("assume_sent"))
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one", "unknown")
    await flow.skip(accepted, days=2)
    assert len(flow.texts.sent) == 1
    notes = await flow.listed(listings.NOTIFICATIONS)
    assert [row["kind"] for row in notes] == ["send_problem"]


async def test_with_resend_an_unknown_outcome_is_sent_again_after_an_hour(flow: FlowRig) -> None:
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.UNKNOWN, "http", None, "the connection was lost")]
    await flow.publish("texts", _texts("resend"))
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")

    async def once() -> bool:
        return len(flow.texts.sent) == 1

    await flow.until(once)
    await flow.skip(accepted, hours=1, minutes=1)
    await flow.until_step(accepted, "one")
    assert len(flow.texts.sent) == 2


async def test_opted_out_at_the_provider_is_recorded_and_nothing_more_is_texted(flow: FlowRig) -> None:
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.FAILED, "http", "21610", "opted out", opted_out=True)]
    await flow.publish("texts", TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one", "failed")
    rows = await flow.rows("suppressions_of", person_id="p1", email=None, phone=None)
    assert [(row["channel"], row["reason"]) for row in rows] == [("sms", "stop_word")]
    await flow.skip(accepted, days=31)
    await flow.until_state(accepted, "finished")
    with pytest.raises(RefusedError, match="must not be contacted"):
        await flow.enroll("texts")


async def test_a_suppression_recorded_before_the_step_refuses_the_send(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ('p1', 'email', 'unsubscribed', 'test', now())"
        )
    await flow.skip(accepted, days=7, hours=2)
    await flow.until_step(accepted, "remind", "refused")
    assert len(list_mail(flow.mail.folder)) == 1


async def test_the_frequency_cap_puts_off_a_second_mail_of_the_day(flow: FlowRig) -> None:
    text = "sequence: hasty\nname: Hasty\nrecord: person\nsteps:\n  - {id: one, email: bd/introduce}\n"
    await flow.publish("new-services")
    await flow.publish("hasty", text)
    await flow.person()
    first = await flow.enroll("new-services")
    await flow.until_step(first, "introduce")
    second = await flow.enroll("hasty")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=second.enrollment)
        return bool(steps) and steps[0]["reason"] == "frequency_cap"

    await flow.until(put_off)
    await flow.skip(second, days=1, minutes=1)
    await flow.until_step(second, "one")


async def test_an_smtp_server_that_is_gone_delays_and_the_run_sends_when_it_is_back(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    await flow.mail.stop()
    accepted = await flow.enroll("new-services")

    async def put_off() -> bool:
        steps = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
        return bool(steps) and str(steps[0]["reason"]).startswith("retry")

    await flow.until(put_off)
    await flow.mail.start()
    await flow.skip(accepted, minutes=2)
    await flow.until_step(accepted, "introduce")
    assert len(list_mail(flow.mail.folder)) == 1


async def test_somebody_without_an_address_is_refused_with_the_reason(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person(email=None)
    with pytest.raises(RefusedError, match="no e-mail address"):
        await flow.enroll("new-services")


async def test_an_invalid_number_refuses_the_step_and_tells_the_owner(flow: FlowRig) -> None:
    text = TEXTS + "  - {id: two, email: bd/introduce}\n"
    await flow.publish("texts", text)
    await flow.person(phone="12345", timezone=_awake())
    accepted = await flow.enroll("texts")
    assert "one: invalid_phone" in accepted.warnings
    await flow.until_step(accepted, "two")
    assert (await flow.steps(accepted))["one"] == "refused"
    assert flow.texts.sent == []


async def test_a_template_that_lacks_a_field_stops_the_run_and_tells_the_owner(flow: FlowRig) -> None:
    text = "sequence: needy\nname: Needy\nrecord: placement\nsteps:\n"
    await flow.publish(
        "needy", text + "  - {id: one, when: 2 days after enrollment, email: onboarding/where-and-when}\n"
    )
    await flow.person()
    known = {"job_title": "Welder", "location": "Dock 4", "start_date": "2027-05-04", "meeting_with": "Sam"}
    await flow.write("placement", "pl1", person_id="p1", owner_id="dana", **known)
    accepted = await flow.enroll("needy", "p1", record_id="pl1")
    await flow.until_step(accepted, "one", "planned")
    # All was there when the person entered, or they would have been refused.
    await flow.write("placement", "pl1", job_title=None, location=None, start_date=None)
    await flow.skip(accepted, days=2, hours=1)
    await flow.until_state(accepted, "stopped")
    assert (await flow.steps(accepted))["one"] == "failed"
    assert list_mail(flow.mail.folder) == []
    assert [row["kind"] for row in await flow.listed(listings.NOTIFICATIONS)] == ["send_problem"]


async def test_a_crash_after_the_hand_over_ends_as_unknown_and_is_not_sent_again(flow: FlowRig) -> None:
    class Crashing:
        def __init__(self) -> None:
            self.sent = 0

        async def send(self, **_: object) -> TransportOutcome:
            self.sent += 1
            # It may be out: nothing says otherwise.
            raise RuntimeError("killed")

    crashing = Crashing()
    flow.texts.send = crashing.send  # type: ignore[method-assign]
    await flow.publish("texts", TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one", "unknown")
    assert crashing.sent == 1
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    assert (send["state"], send["reason"]) == ("unknown", "sending was interrupted (RuntimeError)")
    assert [row["kind"] for row in await flow.listed(listings.NOTIFICATIONS)] == ["send_problem"]


async def test_what_comes_back_proves_that_an_unknown_send_had_gone_out(flow: FlowRig) -> None:
    flow.texts.outcomes = [TransportOutcome(TransportVerdict.UNKNOWN, "http", None, "the connection was lost")]
    await flow.publish("texts", TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one", "unknown")
    intake = SmsIntake(flow.services.database, flow.services.organisation, utc_now, flow.dispatcher.wake)
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    assert await intake.status(send["id"], {"MessageSid": "SM1", "MessageStatus": "delivered"})
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    assert (send["state"], send["provider_message_id"], send["provider_status"]) == ("sent", "SM1", "delivered")


async def test_an_answer_by_text_reaches_the_run_and_stop_suppresses_texts_only(flow: FlowRig) -> None:
    await flow.publish("texts", TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one")
    intake = SmsIntake(flow.services.database, flow.services.organisation, utc_now, flow.dispatcher.wake)
    message = {"MessageSid": "SM7", "From": "+442071838750", "To": "+442071838751", "Body": "STOP"}
    for _ in range(3):
        await intake.receive(message)
    await flow.until_state(accepted, "stopped")
    rows = await flow.rows("suppressions_of", person_id="p1", email=None, phone="+442071838750")
    assert {row["channel"] for row in rows} == {"sms"}
    assert len(await flow.rows("reactions_of", enrollment_id=accepted.enrollment)) == 1
    # START lifts what STOP did, and resumes nothing.
    await intake.receive(message | {"MessageSid": "SM8", "Body": "START"})
    rows = await flow.rows("suppressions_of", person_id="p1", email=None, phone="+442071838750")
    assert rows == []
    assert await flow.state(accepted) == "stopped"


async def test_a_tap_on_a_text_goes_through_the_run_and_changes_nothing(flow: FlowRig) -> None:
    await flow.publish("texts", TEXTS + "  - {id: two, when: 7 days after one, sms: onboarding/how-is-it-going}\n")
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("texts")
    await flow.until_step(accepted, "one")
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    intake = SmsIntake(flow.services.database, flow.services.organisation, utc_now, flow.dispatcher.wake)
    body = f"Liked \u201c{send['text']}\u201d"
    await intake.receive({"MessageSid": "SM9", "From": "+442071838750", "To": "+442071838751", "Body": body})

    async def handled() -> bool:
        rows = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
        return [(row["kind"], row["decision"]) for row in rows] == [("liked", "continue")]

    await flow.until(handled)
    assert await flow.state(accepted) == "active"
    assert (await flow.steps(accepted))["two"] == "planned"
    assert await flow.rows("suppressions_of", person_id="p1", email=None, phone="+442071838750") == []
