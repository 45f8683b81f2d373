"""What reactions mean for a run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sequences.checking import load_file
from sequences.definition.model import SequenceDefinition
from sequences.definition.reactions import Then, ThenKind
from sequences.reactions.verdict import ReactionFacts, ScoredReply, pause_until, reaction_verdict, stop_reason
from sequences.records.record_view import RecordView, read_instant

EXAMPLES = Path(__file__).parents[3] / "examples" / "sequences"
VIEW = RecordView("person", "p1", {"id": "p1", "status": "Active"}, placement={"id": "x", "status": "On Assignment"})


def _sequence(name: str) -> SequenceDefinition:
    return load_file((EXAMPLES / f"{name}.yaml").read_text(), name).sequence


BD, ONBOARDING = _sequence("new-services"), _sequence("placement-onboarding")


def _reply(label: str | None, *, opt_out: bool = False, held: bool = False) -> ReactionFacts:
    return ReactionFacts("replied", "email", ScoredReply(label, opt_out=opt_out, needs_review=held))


def _automatic(*, opt_out: bool = False, held: bool = False) -> ReactionFacts:
    return ReactionFacts("replied", "email", ScoredReply("neutral", opt_out=opt_out, needs_review=held, automatic=True))


@pytest.mark.parametrize(
    ("sequence", "facts", "then", "follow_ups"),
    [
        (BD, _reply("positive"), "stop", ["create_task", "create_lead", "add_to_list", "notify"]),
        (BD, _reply("negative"), "stop", ["set_field"]),
        (BD, _reply("neutral"), "stop", []),
        (BD, _reply("positive", held=True), "stop", ["create_task"]),
        (BD, ReactionFacts("replied", "email", None), "stop", ["create_task"]),
        (BD, ReactionFacts("clicked", "email"), "stop", ["create_lead"]),
        (BD, ReactionFacts("opened", "email"), "continue", []),
        (BD, ReactionFacts("liked", "sms"), "continue", []),
        (BD, ReactionFacts("disliked", "sms"), "continue", []),
        (BD, ReactionFacts("out_of_office", "email"), "pause", []),
        (BD, ReactionFacts("out_of_office", "email", left=True), "pause", ["create_task"]),
        (BD, _automatic(), "pause", []),
        (BD, _automatic(held=True), "stop", ["create_task"]),
        (BD, _automatic(opt_out=True), "stop", []),
        (ONBOARDING, _reply("positive"), "continue", []),
        (ONBOARDING, _reply("positive", held=True), "continue", ["create_task"]),
        (ONBOARDING, _reply("negative"), "stop", ["create_task", "notify"]),
        (ONBOARDING, _reply("negative", opt_out=True), "stop", ["create_task", "notify"]),
    ],
)
def test_verdict(sequence: SequenceDefinition, facts: ReactionFacts, then: str, follow_ups: list[str]) -> None:
    verdict = reaction_verdict(sequence, facts, VIEW)
    assert verdict.then.kind == then
    assert [item.kind for item in verdict.do] == follow_ups


def test_a_tap_does_what_the_file_says_of_it_until_it_is_taken_back() -> None:
    rule = {"on": "liked", "do": [{"create_task": {"title": "Call"}}], "then": "stop"}
    sequence = SequenceDefinition.model_validate(
        {"sequence": "a", "name": "A", "record": "person", "steps": [{"id": "one", "sms": "a/b"}], "reactions": [rule]}
    )
    verdict = reaction_verdict(sequence, ReactionFacts("liked", "sms"), VIEW)
    assert ([item.kind for item in verdict.do], verdict.then.kind) == (["create_task"], ThenKind.STOP)
    for kind in ("liked", "disliked"):
        verdict = reaction_verdict(sequence, ReactionFacts(kind, "sms", taken_back=True), VIEW)
        assert (verdict.do, verdict.then.kind, verdict.suppress) == ((), ThenKind.CONTINUE, None)
        assert verdict.reason == f"{kind}, taken back"


def test_only_a_person_ends_the_pause_of_somebody_who_is_gone() -> None:
    away, gone = ReactionFacts("out_of_office", "email"), ReactionFacts("out_of_office", "email", left=True)
    assert (reaction_verdict(BD, away, VIEW).until_resumed, reaction_verdict(BD, gone, VIEW).until_resumed) == (
        False,
        True,
    )
    for then, expected in (("continue", ThenKind.PAUSE), ("pause 2 days", ThenKind.PAUSE), ("stop", ThenKind.STOP)):
        rule = {"on": "out_of_office", "do": [{"notify": "owner"}], "then": then}
        own = SequenceDefinition.model_validate(
            BD.model_dump(mode="json", by_alias=True, exclude_none=True) | {"reactions": [rule]}
        )
        verdict = reaction_verdict(own, gone, VIEW)
        assert (verdict.then.kind, verdict.until_resumed) == (expected, then != "stop")
        assert [item.kind for item in verdict.do] == ["notify", "create_task"]


def test_what_its_words_call_automatic_is_an_absence_for_the_author_too() -> None:
    verdict = reaction_verdict(BD, _automatic(), VIEW)
    assert (verdict.kind, verdict.suppress) == ("out_of_office", None)


def test_an_opt_out_in_words_means_the_person_on_every_channel_even_when_held_for_reading() -> None:
    for held in (False, True):
        verdict = reaction_verdict(BD, _reply("negative", opt_out=True, held=held), VIEW)
        assert verdict.suppress is not None
        assert (verdict.suppress.channel, verdict.suppress.whole_person) == ("all", True)
        assert verdict.then.kind is ThenKind.STOP


def test_a_bounce_means_the_address_and_not_the_person() -> None:
    verdict = reaction_verdict(BD, ReactionFacts("bounced", "email"), VIEW)
    assert verdict.suppress is not None
    assert (verdict.suppress.channel, verdict.suppress.whole_person) == ("email", False)


def test_a_changed_field_stops_only_when_a_stop_rule_is_met() -> None:
    ended = RecordView("placement", "x", {"id": "p1"}, placement={"status": "ended"})
    assert (
        reaction_verdict(ONBOARDING, ReactionFacts("field_changed", fields=("placement.status",)), ended).then.kind
        == "stop"
    )
    assert (
        reaction_verdict(ONBOARDING, ReactionFacts("field_changed", fields=("placement.status",)), VIEW).then.kind
        == "continue"
    )


def test_a_deleted_record_stops_whatever_else_is_so() -> None:
    gone = RecordView("person", "p1", {"id": "p1"}, deleted=True)
    assert (
        reaction_verdict(BD, ReactionFacts("field_changed", fields=("person.company",)), gone).reason
        == "the record was deleted"
    )


@pytest.mark.parametrize(
    ("stop_when", "status", "met"),
    [
        ({"person.status": ("Active",)}, "active", True),
        ({"person.status": ("Active",)}, None, False),
        ({"person.status": ("Active",)}, "", False),
        ({"person.status": "missing"}, " ", True),
        ({"person.status": "missing"}, "x", False),
        ({"person.status": "present"}, "x", True),
        ({"person.company": ("A",), "person.status": ("B",)}, "B", True),
        ({}, "x", False),
    ],
)
def test_stop_reason(stop_when: dict[str, object], status: str | None, met: bool) -> None:
    view = RecordView("person", "p1", {"id": "p1", "status": status})
    assert (stop_reason(stop_when, view) is not None) is met


def test_a_pause_ends_on_the_return_date_else_after_its_length() -> None:
    now = datetime(2027, 5, 4, 10, tzinfo=UTC)
    until_return = Then(ThenKind.PAUSE, None, until_return=True)
    assert pause_until(until_return, now, date(2027, 5, 20)) == datetime(2027, 5, 20, tzinfo=UTC)
    assert pause_until(until_return, now, None) == now + timedelta(days=7)
    # A return date that has passed says nothing of when the person is back.
    assert pause_until(until_return, now, date(2027, 5, 4)) == now + timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-05-04", date(2027, 5, 4)),
        ("2027-05-04T09:00:00+02:00", datetime.fromisoformat("2027-05-04T09:00:00+02:00")),
        ("2027-05-04T09:00:00", datetime.fromisoformat("2027-05-04T09:00:00")),
        ("tomorrow", None),
        ("2027-02-30", None),
    ],
)
def test_day_zero_is_read_as_written(text: str, expected: date | None) -> None:
    assert read_instant(text) == expected
