"""The story of a run from its rows, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from adapters.postgres.queries import FollowUpRow
from services.reading.run_story_words import RunRows, follow_up_words, moments

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)


def at(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def rows(**given: Any) -> RunRows:
    enrollment: dict[str, Any] = {"enrolled_at": NOW, "started_at": None, "via": "hand", "lineage": []}
    empty = dict.fromkeys(
        ("steps", "sends", "reactions", "follow_ups", "pauses", "tasks", "events", "suppressions"), ()
    )
    lists: dict[str, Any] = {name: [Given(each) for each in value] for name, value in {**empty, **given}.items()}
    lists["enrollment"] = Given(enrollment)
    return RunRows(**lists)


class Given(dict[str, Any]):
    """What a test says of a row; every other column is null."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


def step(name: str, state: str, due: datetime, decided: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {"step": name, "state": state, "due_at": due, "decided_at": decided, "reason": None, "moved_by": []} | more


def send(name: str, decided: datetime) -> dict[str, Any]:
    return {
        "id": f"s-{name}",
        "step": name,
        "channel": "email",
        "subject": "News",
        "decided_at": decided,
        "claimed_at": decided,
        "provider_status": None,
    }


def reaction(received: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": "r",
        "kind": "replied",
        "label": None,
        "confidence": None,
        "intent": None,
        "opt_out": None,
        "held_for_review": None,
        "score_reasons": None,
        "detail": {},
        "send_id": None,
        "late": False,
        "received_at": received,
        "reply_text": None,
        "handled_at": None,
        "decision": None,
        "decision_reason": None,
    } | more


def test_what_is_planned_comes_after_what_happened_however_early_it_is_due() -> None:
    found = moments(
        rows(steps=[step("b", "planned", at(-5)), step("a", "sent", at(1), at(1)), step("c", "planned", at(3))])
    )
    assert [(moment.kind, moment.ref) for moment in found] == [
        ("enrolled", ""),
        ("sent", "a"),
        ("planned", "b"),
        ("planned", "c"),
    ]


def test_a_reply_comes_after_the_mail_it_answers_whatever_the_clocks_say() -> None:
    given = rows(
        steps=[step("a", "sent", at(2), at(2))], sends=[send("a", at(2))], reactions=[reaction(at(1), send_id="s-a")]
    )
    assert [moment.kind for moment in moments(given)] == ["enrolled", "sent", "reaction"]
    assert moments(given)[2].at == at(1)


def test_a_tap_says_on_which_text_and_whether_it_was_taken_back() -> None:
    given = rows(
        sends=[send("a", at(0))],
        reactions=[
            reaction(at(1), kind="liked", send_id="s-a"),
            reaction(at(2), kind="disliked", detail={"taken_back": True}),
        ],
    )
    told = [moment.what for moment in moments(given) if moment.kind == "reaction"]
    assert told == ["liked a", "disliked, removed"]


def test_cause_before_effect_at_one_instant() -> None:
    handled = reaction(at(1), handled_at=at(1), decision="stop", decision_reason="opt_out", opt_out=True)
    follow_up = {
        "id": "f",
        "kind": "notify",
        "arguments": {"notify": "owner"},
        "state": "done",
        "result": None,
        "at": at(1),
    }
    stopped = {"at": at(1), "kind": "stopped", "detail": {"reason": "opt_out"}}
    suppression = {"channel": "all", "reason": "opt_out", "source": "r", "since": at(1)}
    found = moments(rows(reactions=[handled], follow_ups=[follow_up], events=[stopped], suppressions=[suppression]))
    assert [moment.kind for moment in found[1:]] == ["reaction", "decision", "follow_up", "suppression", "stopped"]
    assert [moment.what for moment in found[2:]] == [
        "the run stops",
        "notified the owner",
        "suppressed on every channel",
        "stopped",
    ]
    assert found[1].why == "opt-out"


def test_a_stop_by_hand_is_told_once() -> None:
    events = [
        {"at": at(1), "kind": "stop", "detail": {"reason": "", "mode": ""}},
        {"at": at(1), "kind": "stopped", "detail": {"reason": "stopped by hand"}},
    ]
    assert [(moment.what, moment.why) for moment in moments(rows(events=events))[1:]] == [("stopped by hand", "")]


@pytest.mark.parametrize("state", ["sent", "done", "skipped", "refused", "failed", "unknown"])
def test_every_outcome_of_a_step_is_told_with_its_reason(state: str) -> None:
    found = moments(rows(steps=[step("a", state, at(1), at(1), reason="because")]))
    assert (found[1].kind, found[1].why) == (state, "because")


def test_a_cancelled_step_is_no_moment() -> None:
    assert len(moments(rows(steps=[step("a", "cancelled", at(1), at(1))]))) == 1


def test_a_step_that_a_rule_moved_says_which() -> None:
    assert (
        moments(rows(steps=[step("a", "planned", at(1), moved_by=["weekend", "window"])]))[1].why
        == "moved by weekend, window"
    )


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("create_task", {"title": "Call"}, "task: Call"),
        ("create_lead", {"source": "web"}, "lead (source web)"),
        ("add_to_list", "warm", "added to the list warm"),
        ("remove_from_list", "warm", "removed from the list warm"),
        (
            "set_field",
            {"person.status": "Dead lead", "person.city": None},
            "person.status = Dead lead, person.city = empty",
        ),
        ("notify", "assigned_by", "notified the assigned-by user"),
        ("suppress", "sms", "suppressed (sms)"),
        ("enroll", "other", "enrolled in other"),
        ("webhook", {"url": "https://a.example/x"}, "webhook https://a.example/x"),
    ],
)
def test_every_follow_up_has_words(kind: str, value: Any, words: str) -> None:
    from sequences.definition.follow_ups import KINDS

    assert kind in KINDS
    assert follow_up_words(cast("FollowUpRow", Given({"kind": kind, "arguments": {kind: value}})), None) == words


@pytest.mark.parametrize(
    ("kind", "value", "state", "words"),
    [
        ("enroll", "other", "pending", "will be enrolled in other"),
        ("enroll", "other", "failed", "not enrolled in other"),
        ("enroll", "other", "dead", "could not be enrolled in other"),
        ("webhook", {"url": "https://a.example/x"}, "pending", "webhook https://a.example/x waits for delivery"),
        ("webhook", {"url": "https://a.example/x"}, "dead", "webhook https://a.example/x could not be delivered"),
        ("webhook", {"url": "https://a.example/x"}, "failed", "webhook https://a.example/x was not delivered"),
    ],
)
def test_what_has_not_left_the_house_is_not_told_as_done(
    kind: str, value: str | dict[str, str], state: str, words: str
) -> None:
    row = cast("FollowUpRow", Given({"kind": kind, "arguments": {kind: value}, "state": state}))
    assert follow_up_words(row, None) == words


def test_a_delivery_that_waits_says_until_when() -> None:
    row = {
        "id": "f",
        "kind": "webhook",
        "arguments": {"webhook": {"url": "https://a.example/"}},
        "state": "pending",
        "result": "HTTP 500",
        "at": at(1),
        "next_try_at": at(2),
    }
    assert moments(rows(follow_ups=[row]))[1].why == "pending, HTTP 500, next try 2027-04-20 12:00 UTC"
