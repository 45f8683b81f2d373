"""A person's answer and a no come first: with workers stopped, over all runs. What came back has no reminder."""

# ruff: noqa: E501 - mails stand here as they come over the wire

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres import listings
from sequences.errors import RefusedError
from sequences.names import QUEUE, SENTIMENT_QUEUE
from services.reading.run_story import timeline
from starter.local import mail_capture
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

OTHER = (
    "sequence: other\nname: Other\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
)


async def _suppressions(flow: FlowRig, person: str = "p1") -> list[tuple[str, str]]:
    rows = await flow.rows("suppressions_of", person_id=person, email=None, phone=None)
    return [(row["channel"], row["reason"]) for row in rows]


async def _two_runs(flow: FlowRig, two_step: str) -> tuple[Accepted, Accepted]:
    await flow.publish("two-step", two_step)
    await flow.publish("other", OTHER)
    await flow.person()
    first, second = await flow.enroll("two-step"), await flow.enroll("other")
    await flow.until_step(first, "one")
    await flow.until_step(second, "one")
    return first, second


async def test_without_a_sentiment_worker_a_no_suppresses_and_an_answer_holds_the_other_run(
    flow: FlowRig, two_step: str
) -> None:
    await flow.stop_worker(SENTIMENT_QUEUE)
    first, second = await _two_runs(flow, two_step)
    await flow.reply(first, "Who are you, and what is this about?")
    await flow.skip(second, days=2, minutes=1)

    async def asked_and_held() -> bool:
        due = await flow.handle(second).query("status")
        return bool(due["due"]["why"] == "held")

    await flow.until(asked_and_held)
    assert len(list_mail(flow.mail.folder)) == 2
    await flow.publish("third", OTHER.replace("other", "third"))
    with pytest.raises(RefusedError, match="an answer waits"):
        await flow.enroll("third", "p1")
    # Scored, it is handled; then the other run goes on by itself.
    await flow.start_worker(SENTIMENT_QUEUE)
    await flow.until_state(first, "stopped")
    await flow.skip(second, minutes=6)
    await flow.until_step(second, "two")
    await flow.reply(second, "Please stop e-mailing me.")
    assert await _suppressions(flow) == [("all", "opt_out")]
    await flow.until_state(second, "stopped")
    assert await _suppressions(flow) == [("all", "opt_out")], "the verdict says it no second time"


async def test_with_the_runs_worker_stopped_a_no_suppresses_all_the_same(flow: FlowRig, two_step: str) -> None:
    first, second = await _two_runs(flow, two_step)
    await flow.stop_worker(QUEUE)
    await flow.reply(first, "Please remove me from your list.")
    assert await _suppressions(flow) == [("all", "opt_out")]
    await flow.start_worker(QUEUE)
    await flow.until_state(first, "stopped")
    await flow.skip(second, days=2, minutes=6)
    await flow.until_step(second, "two", "refused")
    assert len(list_mail(flow.mail.folder)) == 2


def _report(send: dict[str, object], action: str, status: str, words: str, recipient: str = "") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nTo: dana@agency.example\nSubject: Undelivered Mail Returned to Sender\n"
        f"Message-ID: <{secrets.token_hex(8)}@mx.example>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type:"
        " message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; "
        f"{recipient or send['recipient']}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {send['message_id']}\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "words", "recipient", "told"),
    [
        ("5.2.2", "552 5.2.2 Quota exceeded (mailbox for user is full)", "", "mailbox full"),
        ("4.4.1", "connect to mx.example[192.0.2.1]:25: Connection refused", "", "could not be reached"),
        ("5.1.1", "550 5.1.1 User unknown", "elsewhere@gone.example", "forwarded to another address"),
    ],
)
async def test_a_mail_that_came_back_for_good_is_told_and_its_reminder_does_not_go(
    flow: FlowRig, two_step: str, status: str, words: str, recipient: str, told: str
) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    await flow.intake.receive(_report(send, "failed", status, words, recipient), ())
    async with flow.services.database.transaction() as connection:
        story = await timeline(connection, accepted.enrollment)
    [moment] = [each for each in story.moments if each.what == "one not delivered"]
    assert told in moment.why
    [note] = await flow.listed(listings.NOTIFICATIONS)
    assert note["kind"] == "send_problem"
    assert told in note["title"]
    assert await _suppressions(flow) == []
    await flow.skip(accepted, days=2, minutes=1)
    await flow.until_step(accepted, "two", "skipped")
    [_, step] = await flow.rows("steps_of", enrollment_id=accepted.enrollment)
    assert step["reason"].startswith("one was not delivered: ")
    assert len(list_mail(flow.mail.folder)) == 1
    await flow.skip(accepted, days=31)
    await flow.until_state(accepted, "finished")
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row
    assert row["reason"] == "finished, nothing was delivered"


@pytest.mark.parametrize("more", ["", "if_undelivered: continue\n"])
async def test_a_first_mail_that_the_server_refused_has_no_reminder_unless_the_sequence_says_so(
    flow: FlowRig, two_step: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flow.publish("two-step", two_step.replace("steps:", f"{more}steps:"))
    await flow.person()
    answer, left = mail_capture._Handler.handle_DATA, ["552 5.3.4 Message too big for system"]

    async def too_large_once(*given: Any) -> str:
        return left.pop() if left else await answer(*given)

    monkeypatch.setattr(mail_capture._Handler, "handle_DATA", too_large_once)
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one", "failed")
    await flow.skip(accepted, days=2, minutes=1)
    await flow.until_step(accepted, "two", "sent" if more else "skipped")
    assert len(list_mail(flow.mail.folder)) == (1 if more else 0)


async def test_a_delay_is_no_end(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    await flow.intake.receive(_report(send, "delayed", "4.4.1", "451 try later"), ())
    await flow.skip(accepted, days=2, minutes=1)
    await flow.until_step(accepted, "two")


async def test_a_refusal_by_a_filter_is_a_no_and_one_in_other_words_is_read_by_a_person(
    flow: FlowRig, two_step: str
) -> None:
    first, second = await _two_runs(flow, two_step)

    def rejected(send: dict[str, object], words: str) -> bytes:
        return (
            "From: postmaster@client.example\nSubject: Rejected: hello\nAuto-Submitted: auto-replied (rejected)\n"
            f"Message-ID: <{secrets.token_hex(8)}@mx>\nContent-Type: multipart/report;"
            " report-type=disposition-notification; boundary=b\n\n--b\n\nYour message to <x> was automatically rejected:\n"
            f"{words}\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; {send['recipient']}\n"
            f"Original-Message-ID: {send['message_id']}\nDisposition: automatic-action/MDN-sent-automatically; deleted\n\n--b--\n"
        ).encode()

    [send] = await flow.rows("sends_of", enrollment_id=first.enrollment)
    await flow.intake.receive(rejected(send, "I take mail from friends alone."), ())
    await flow.until_state(first, "stopped")
    [reaction] = await flow.rows("reactions_of", enrollment_id=first.enrollment)
    assert (reaction["kind"], reaction["label"], reaction["held_for_review"]) == ("replied", "negative", True)
    assert len(await flow.rows("tasks_of", enrollment_id=first.enrollment)) == 1
    assert await _suppressions(flow) == []
    [send] = await flow.rows("sends_of", enrollment_id=second.enrollment)
    await flow.intake.receive(rejected(send, "No recruiters. Please remove me from your list."), ())
    assert await _suppressions(flow) == [("all", "opt_out")]
    await flow.until_state(second, "stopped")


async def test_every_arrival_decision_and_send_is_one_line_of_ids(
    flow: FlowRig, two_step: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    await flow.reply(accepted, "Not now, thank you")
    await flow.until_state(accepted, "stopped")

    def lines(name: str) -> list[str]:
        return [each.getMessage() for each in caplog.records if each.name == name and each.levelname == "INFO"]

    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    assert lines("relance.sends") == [f"{send['id']} of {accepted.enrollment}, step one: sent"]
    [arrival] = lines("relance.intake")
    assert arrival.endswith(f" came in by email: human, about {send['id']} of {accepted.enrollment}")
    [decision] = lines("relance.decisions")
    assert f" of {accepted.enrollment}: stop (" in decision
    for private in ("p1@client.example", "Not now", "Alex", "dana@agency.example"):
        assert private not in caplog.text
