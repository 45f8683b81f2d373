"""The reader of a campaign finds each promise that is broken on purpose in a made-up one, and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.campaign.captures import Captured
from benchmarks.campaign.evidence import Acknowledged, Called, Evidence, Left, Struck
from benchmarks.campaign.plan import Input
from benchmarks.campaign.reader import AFTER, DOUBT, LOST, ONCE, OWN, PROMISES, ROWS, WINDOW, read
from benchmarks.campaign.recruiters import DANA, recruiter_of

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
SID = f"SM{hashlib.sha256(b'i000004').hexdigest()[:32]}"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def message(seconds: float, step: str, *, sequence: str = "reach", person: str = "p0001", key: str = "") -> Captured:
    sms = step in ("ping", "text", "last", "ask")
    return Captured(
        at(seconds),
        "sms" if sms else "email",
        key or f"<{sequence}.{step}.{person}>",
        person,
        sequence,
        step,
        person,
        f"{int(seconds):06d}.eml",
        sender="" if sms else recruiter_of(person).address,
        box="" if sms else recruiter_of(person).box,
    )


def said(ident: str, kind: str, seconds: float, *, person: str = "p0001", **more: Any) -> Acknowledged:
    given: dict[str, Any] = {"after": ("reach", "hello"), "channel": "email", "quiets": ""} | more
    status = 250 if kind in ("answer", "opt_out", "bounce") else 200
    return Acknowledged(Input(ident, kind, person, 0, 1.0, **given), at(seconds - 0.2), at(seconds), status)


def entered(ident: str, person: str) -> Acknowledged:
    owes = (("reach", "hello", person),)
    return said(ident, "hook", 1, person=person, after=None, channel="", owes=owes, body=changed(person, "Reach", 1))


def changed(person: str, status: str, version: int) -> dict[str, Any]:
    return {"changes": [{"entity": "person", "id": person, "version": version, "fields": {"status": status}}]}


def record(person: str, status: str = "Reach") -> dict[str, Any]:
    return {"entity": "person", "id": person, "person": person, "status": status, "start_date": None}


def send(step: str, person: str = "p0001", *, sequence: str = "reach", state: str = "sent") -> dict[str, Any]:
    ident = f"s-{sequence}-{step}-{person}"
    return {
        "id": ident,
        "enrollment": f"e-{sequence}-{person}",
        "step": step,
        "person": person,
        "state": state,
        "resolution": None,
        "sequence": sequence,
        "record": person,
    }


def run(person: str, state: str, sequence: str = "reach") -> dict[str, Any]:
    workflow = f"enrollment:{sequence}:{person}"
    return {"id": f"e-{sequence}-{person}", "workflow": workflow, "person": person, "state": state}


def good() -> Evidence:
    """Three people: one says nothing, one answers a mail and has another run, one opts out by text."""
    messages = [
        message(5, "hello"),
        message(65, "nudge"),
        message(6, "hello", person="p0002"),
        message(7, "first", sequence="care", person="p0002"),
        # Once the answer was handled, the other run goes on.
        message(67, "later", sequence="care", person="p0002"),
        message(8, "hello", person="p0003"),
        message(68, "nudge", person="p0003"),
        message(128, "ping", person="p0003"),
    ]
    return Evidence(
        acknowledged=[
            entered("i000001", "p0001"),
            entered("i000002", "p0002"),
            entered("i000003", "p0003"),
            said("i000005", "answer", 10, person="p0002", quiets="answered"),
            said("i000004", "opt_out", 130, person="p0003", channel="sms", after=("reach", "ping"), quiets="all"),
        ],
        messages=messages,
        left={each.key: [Left(each.at - timedelta(seconds=0.02), each.at)] for each in messages},
        struck=[Struck("freeze", "worker", at(20), at(24))],
        called=[Called(at(12), "replied.positive", "p0002"), Called(at(132), "replied", "p0003")],
        state={
            "at": str(at(200)),
            "sends": [
                *(send(step) for step in ("hello", "nudge")),
                send("hello", "p0002"),
                *(send(step, "p0002", sequence="care") for step in ("first", "later")),
                *(send(step, "p0003") for step in ("hello", "nudge", "ping")),
                send("bye", state="unknown"),
            ],
            "doubts": [{"send": "s-reach-bye-p0001", "enrollment": "e-reach-p0001", "at": str(at(190))}],
            "notifications": [{"enrollment": "e-reach-p0001", "title": "bye: unknown (timeout)", "at": str(at(190))}],
            "enrollments": [
                run("p0001", "active"),
                run("p0002", "stopped"),
                run("p0003", "stopped"),
                run("p0002", "active", "care"),
            ],
            "due_steps": [],
            "records": [record("p0001"), record("p0002"), record("p0003")],
            "inbound": [
                {"id": "in1", "mail": "i000005@people.example", "text": None},
                {"id": "in2", "mail": None, "text": SID},
            ],
            "reactions": [
                {"inbound": "in1", "handled_at": str(at(11.5))},
                {"inbound": "in2", "handled_at": str(at(131))},
            ],
            "workflows": ["enrollment:care:p0002", "enrollment:reach:p0001"],
        },
    )


def test_a_campaign_in_which_all_is_well() -> None:
    verdict = read(good())
    assert verdict.broken == []
    assert {promise: verdict.checked[promise] > 0 for promise in PROMISES} == dict.fromkeys(PROMISES, True)
    assert (verdict.begun, verdict.waiting) == (0, 0)


def _twice(found: Evidence) -> None:
    found.messages.append(replace(found.messages[0], at=at(9)))


def _twice_with_another_key(found: Evidence) -> None:
    found.messages.append(message(9, "first", sequence="care", person="p0002", key="<other>"))


def _twice_by_the_provider(found: Evidence) -> None:
    found.messages.append(replace(found.messages[0], at=at(9), file="000009.eml"))


def _by_another_mailbox(found: Evidence) -> None:
    found.messages[0] = replace(found.messages[0], sender=DANA.address, box=DANA.box)


def _entered_again(found: Evidence) -> None:
    # Another record of the person: no step of a run is doubled, the person has entered twice.
    found.messages.append(replace(message(9, "hello", key="<again>"), record="p0001-b"))
    found.state["sends"].append(send("hello") | {"record": "p0001-b", "id": "s-again"})


def _hook_lost(found: Evidence) -> None:
    found.messages = [each for each in found.messages if (each.person, each.step) != ("p0001", "hello")]
    found.state["sends"] = [row for row in found.state["sends"] if (row["person"], row["step"]) != ("p0001", "hello")]


def _change_lost(found: Evidence) -> None:
    body = changed("p0002", "Paused", 2)
    found.acknowledged.append(said("i000009", "hook", 30, person="p0002", after=None, channel="", body=body))


def _older_change_won(found: Evidence) -> None:
    _change_lost(found)
    body = changed("p0002", "Reach", 3)
    found.acknowledged.insert(0, said("i000010", "hook", 20, person="p0002", after=None, channel="", body=body))
    found.state["records"][1] = record("p0002", "Paused")


def _mail_lost(found: Evidence) -> None:
    found.state["inbound"] = found.state["inbound"][1:]
    found.messages = [each for each in found.messages if each.step != "later"]
    found.state["sends"] = [row for row in found.state["sends"] if row["step"] != "later"]


def _text_lost(found: Evidence) -> None:
    found.state["inbound"] = found.state["inbound"][:1]


def _nothing_followed(found: Evidence) -> None:
    found.called = found.called[:1]


def _click_lost(found: Evidence) -> None:
    found.acknowledged.append(said("i000009", "click", 30))


def _stuck(found: Evidence) -> None:
    row = {"enrollment": "e-reach-p0001", "person": "p0001", "sequence": "reach", "record": "p0001", "step": "bye"}
    found.state["due_steps"].append(row | {"due_at": str(at(120))})


def _nobody_has_it(found: Evidence) -> None:
    found.messages = [each for each in found.messages if (each.person, each.step) != ("p0001", "nudge")]


def _after_an_opt_out(found: Evidence) -> None:
    found.messages.append(message(140, "later", sequence="care", person="p0003"))
    found.state["sends"].append(send("later", "p0003", sequence="care"))


def _after_an_answer(found: Evidence) -> None:
    found.messages.append(message(66, "nudge", person="p0002"))
    found.state["sends"].append(send("nudge", "p0002"))


def _while_an_answer_waits(found: Evidence) -> None:
    found.state["reactions"][0]["handled_at"] = None


def _before_an_answer_was_handled(found: Evidence) -> None:
    found.state["reactions"][0]["handled_at"] = str(at(100))


def _after_a_stop(found: Evidence) -> None:
    found.acknowledged.append(said("i000009", "stop", 100, person="p0003", channel="sms", quiets="sms"))
    found.called.append(Called(at(101), "unsubscribed", "p0003"))
    sid = f"SM{hashlib.sha256(b'i000009').hexdigest()[:32]}"
    found.state["inbound"].append({"id": "in3", "mail": None, "text": sid})


def _after_a_bounce_was_handled(found: Evidence) -> None:
    found.acknowledged.append(said("i000009", "bounce", 20, quiets="email"))
    found.called.append(Called(at(41), "bounced", "p0001"))
    found.state["inbound"].append({"id": "in3", "mail": "i000009@people.example", "text": None})
    found.state["reactions"].append({"inbound": "in3", "handled_at": str(at(40))})


def _read_late_is_no_excuse(found: Evidence) -> None:
    # The server was quick; the message began to leave long after the thaw.
    found.acknowledged.append(said("i000009", "unsubscribe", 22, quiets="email"))
    found.called.append(Called(at(23), "unsubscribed", "p0001"))


def _untold(found: Evidence) -> None:
    found.state["notifications"] = []


def _told_about_another_step(found: Evidence) -> None:
    found.state["notifications"][0]["title"] = "nudge: unknown (timeout)"


def _doubt_resolved_and_untold(found: Evidence) -> None:
    found.state["sends"][0]["resolution"] = "proved"


def _postgres_denies_it(found: Evidence) -> None:
    found.state["sends"][1]["state"] = "failed"


def _row_alone(found: Evidence) -> None:
    found.state["workflows"] = found.state["workflows"][:1]


def _workflow_alone(found: Evidence) -> None:
    found.state["enrollments"][0]["state"] = "finished"


@pytest.mark.parametrize(
    ("mutant", "promise", "person"),
    [
        (_twice, ONCE, "p0001"),
        (_twice_with_another_key, ONCE, "p0002"),
        (_twice_by_the_provider, ONCE, "p0001"),
        (_by_another_mailbox, OWN, "p0001"),
        (_entered_again, WINDOW, "p0001"),
        (_hook_lost, LOST, "p0001"),
        (_change_lost, LOST, "p0002"),
        (_older_change_won, LOST, "p0002"),
        (_mail_lost, LOST, "p0002"),
        (_text_lost, LOST, "p0003"),
        (_nothing_followed, LOST, "p0003"),
        (_click_lost, LOST, "p0001"),
        (_stuck, LOST, "p0001"),
        (_nobody_has_it, LOST, "p0001"),
        (_after_an_opt_out, AFTER, "p0003"),
        (_after_an_answer, AFTER, "p0002"),
        (_while_an_answer_waits, AFTER, "p0002"),
        (_before_an_answer_was_handled, AFTER, "p0002"),
        (_after_a_stop, AFTER, "p0003"),
        (_after_a_bounce_was_handled, AFTER, "p0001"),
        (_read_late_is_no_excuse, AFTER, "p0001"),
        (_untold, DOUBT, "p0001"),
        (_told_about_another_step, DOUBT, "p0001"),
        (_doubt_resolved_and_untold, DOUBT, "p0001"),
        (_postgres_denies_it, DOUBT, "p0001"),
        (_row_alone, ROWS, "p0001"),
        (_workflow_alone, ROWS, "p0001"),
    ],
)
def test_a_promise_that_is_broken_is_found(mutant: Callable[[Evidence], None], promise: str, person: str) -> None:
    evidence = good()
    mutant(evidence)
    broken = read(evidence).broken
    assert {(each.promise, each.person) for each in broken} == {(promise, person)}


def test_an_answer_by_text_is_about_the_newest_text() -> None:
    """A text has no thread. The newest is of the sequence that goes on, so nothing is ended."""
    found = good()
    found.messages += [message(70, "text", sequence="care", person="p0001"), message(66, "ping"), message(140, "bye")]
    found.state["sends"] = [row for row in found.state["sends"] if row["step"] != "bye"]
    found.state["sends"] += [send("text", sequence="care"), send("ping"), send("bye")]
    found.state["doubts"] = []
    answer = said("i000009", "answer", 75, channel="sms", after=("reach", "ping"), quiets="answered")
    found.acknowledged.append(answer)
    found.called.append(Called(at(76), "replied", "p0001"))
    sid = f"SM{hashlib.sha256(b'i000009').hexdigest()[:32]}"
    found.state["inbound"].append({"id": "in3", "mail": None, "text": sid})
    found.state["reactions"].append({"inbound": "in3", "handled_at": str(at(76))})
    assert read(found).broken == []
    found.messages = [each for each in found.messages if each.step != "text"]
    found.state["sends"] = [row for row in found.state["sends"] if row["step"] != "text"]
    assert [(each.promise, each.person) for each in read(found).broken] == [(AFTER, "p0001")]


def test_what_had_begun_to_leave_is_the_one_exception() -> None:
    """The mail server was frozen, and read late what had left before the opt-out was acknowledged."""
    found = good()
    late = message(140, "bye", person="p0003")
    found.messages.append(late)
    found.left[late.key] = [Left(at(129.9), at(130.1))]
    found.state["sends"].append(send("bye", "p0003"))
    verdict = read(found)
    assert (verdict.broken, verdict.begun) == ([], 1)


def test_what_a_frozen_worker_had_in_its_hands_leaves_when_it_thaws() -> None:
    found = good()
    found.acknowledged.append(said("i000009", "unsubscribe", 22, person="p0001", quiets="email"))
    found.called.append(Called(at(23), "unsubscribed", "p0001"))
    found.messages = [each for each in found.messages if (each.person, each.step) != ("p0001", "nudge")]
    found.messages.append(message(24.5, "nudge"))
    found.left["<reach.nudge.p0001>"] = [Left(at(24.4), at(24.5))]
    verdict = read(found)
    assert (verdict.broken, verdict.begun) == ([], 1)


def test_a_bounce_counts_from_when_it_was_handled() -> None:
    found = good()
    _after_a_bounce_was_handled(found)
    found.state["reactions"][-1]["handled_at"] = str(at(66))
    assert read(found).broken == []


@pytest.mark.parametrize(("arrived", "broken"), [(201, []), (190, [DOUBT])])
def test_what_leaves_while_the_state_is_copied_is_not_in_it(arrived: float, broken: list[str]) -> None:
    found = good()
    late = message(arrived, "ping")
    found.messages.append(late)
    found.left[late.key] = [Left(late.at - timedelta(seconds=0.02), late.at)]
    assert [each.promise for each in read(found).broken] == broken


def test_what_is_due_later_is_not_lost() -> None:
    found = good()
    _hook_lost(found)
    row = {"enrollment": "e-reach-p0001", "person": "p0001", "sequence": "reach", "record": "p0001", "step": "hello"}
    found.state["due_steps"].append(row | {"due_at": str(at(260))})
    verdict = read(found)
    assert (verdict.broken, verdict.waiting) == ([], 1)


def test_an_input_that_nobody_took_promises_nothing() -> None:
    found = good()
    found.acknowledged.append(replace(said("i000009", "enroll", 30, owes=(("care", "first", "p0001"),)), status=409))
    assert read(found).kept


def test_the_verdict_names_the_person_and_the_lines() -> None:
    found = good()
    _after_an_opt_out(found)
    [broken] = read(found).to_json()["promises"][AFTER]["broken"]
    assert broken["person"] == "p0003"
    assert "care/later began" in broken["what"]
    assert [line.split()[1] for line in broken["lines"]] == ["opt_out", "email"]
