"""A run moves to another version by step id: what stays, what is cancelled, what is never sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.definition.model import SequenceDefinition
from sequences.errors import RefusedError
from sequences.runs.version_move import (
    BEHIND,
    MOVED_PAST,
    Move,
    NumberedVersion,
    check_versions,
    command_key,
    plan_move,
)


def sequence(*steps: str | dict[str, Any], **more: Any) -> SequenceDefinition:
    """Steps as ids, each with a template of its name, or as written."""
    written = [{"id": step, "email": f"t/{step}"} if isinstance(step, str) else step for step in steps]
    return SequenceDefinition.model_validate(
        {"sequence": "s", "name": "S", "record": "person", "steps": written, **more}
    )


def moved(old: SequenceDefinition, new: SequenceDefinition, begun: dict[str, str] | None = None, **states: str) -> Move:
    return plan_move(NumberedVersion(1, old), NumberedVersion(2, new), states, begun=begun)


def not_sent(move: Move) -> dict[str, str | None]:
    return {each.step: each.instead_of for each in move.passed}


def test_what_is_the_same_stays() -> None:
    move = moved(sequence("a", "b"), sequence("a", "b"), a="sent", b="planned")
    assert (move.decided, move.kept) == (("a",), ("b",))
    assert (move.passed, move.added, move.dropped, move.gone, move.altered, move.not_again, move.notes) == ((),) * 7


def test_a_planned_step_that_vanishes_is_cancelled_and_a_decided_one_stays_told() -> None:
    move = moved(sequence("a", "b", "c"), sequence("c"), a="sent", b="planned", c="planned")
    assert move.dropped == ("b",)
    assert move.gone == ("a",)
    assert move.dropped_reason == "not in version 2"


def test_a_new_step_above_the_last_decided_one_is_moved_past_and_below_it_goes() -> None:
    move = moved(sequence("a", "b", "c"), sequence("a", "x", "b", "y", "c", "z"), a="sent", b="skipped", c="planned")
    assert not_sent(move) == {"x": None}
    assert move.passed[0].reason == MOVED_PAST
    assert move.added == ("y", "z")


@pytest.mark.parametrize("state", sorted(BEHIND))
def test_a_decided_step_with_other_content_is_not_done_again(state: str) -> None:
    new = sequence({"id": "a", "sms": "t/text"}, "b")
    move = moved(sequence("a", "b"), new, a=state, b="planned")
    assert move.decided == ("a",)
    assert move.not_again == ("a",)


def test_a_renamed_step_that_was_sent_is_not_sent_under_its_new_name() -> None:
    new = sequence({"id": "hello", "email": "t/a"}, "b")
    assert not_sent(moved(sequence("a", "b"), new, a="sent", b="planned")) == {"hello": "a"}


def test_a_renamed_step_that_was_not_sent_yet_goes_under_its_new_name() -> None:
    move = moved(sequence("a", "b"), sequence("a", {"id": "second", "email": "t/b"}), a="sent", b="planned")
    assert (move.added, move.dropped, move.passed) == (("second",), ("b",), ())


def test_another_step_in_the_place_of_a_sent_one_is_not_sent_on_top() -> None:
    move = moved(sequence("a", "b"), sequence("x", "b", "y"), a="sent", b="planned")
    assert not_sent(move) == {"x": "a"}
    assert move.added == ("y",)


def test_what_was_sent_versions_ago_does_not_come_back_under_another_name() -> None:
    first, second = sequence("a", "b"), sequence("b")
    third = sequence("b", {"id": "again", "email": "t/a"}, "c")
    move = plan_move(
        NumberedVersion(2, second), NumberedVersion(3, third), {"a": "sent", "b": "planned"}, earlier=[first, second]
    )
    assert not_sent(move) == {"again": "a"}
    assert move.added == ("c",)


def test_actions_that_were_done_are_not_done_under_another_name() -> None:
    act = [{"add_to_list": "warm"}]
    move = moved(sequence({"id": "a", "do": act}, "b"), sequence("b", {"id": "z", "do": act}), a="done", b="planned")
    assert not_sent(move) == {"z": "a"}


def test_a_renamed_step_whose_send_may_be_out_is_not_sent_again_but_one_known_not_to_be_is() -> None:
    old, new = sequence("a", "b"), sequence("a", {"id": "second", "email": "t/b"})
    for state in ("claimed", "unknown", "sent"):
        assert not_sent(moved(old, new, {"a": "sent", "b": state}, a="sent", b="planned")) == {"second": "b"}
    assert moved(old, new, {"a": "sent", "b": "planned"}, a="sent", b="planned").added == ("second",)


def test_the_run_is_past_what_stands_above_a_step_that_was_tried() -> None:
    move = moved(sequence("a"), sequence("x", "a"), {"a": "planned"}, a="planned")
    assert not_sent(move) == {"x": None}
    assert move.kept == ("a",)


def test_a_step_of_a_still_older_version_that_comes_back_stays_decided() -> None:
    move = moved(sequence("b"), sequence("a", "b"), a="sent", b="planned")
    assert (move.decided, move.added, move.passed) == (("a",), (), ())


def test_a_step_that_an_earlier_move_cancelled_may_come_back() -> None:
    assert moved(sequence("a"), sequence("a", "b"), a="sent", b="cancelled").added == ("b",)
    assert not_sent(moved(sequence("a"), sequence("b", "a"), a="sent", b="cancelled")) == {"b": None}


@pytest.mark.parametrize(
    "change",
    [{"when": "3 days after a"}, {"at": "09:00"}, {"email": "t/other"}, {"schedule": {"weekdays_only": True}}],
    ids=lambda change: next(iter(change)),
)
def test_a_step_still_to_come_takes_its_new_time_and_content(change: dict[str, Any]) -> None:
    new = sequence("a", {"id": "b", "email": "t/b"} | change)
    move = moved(sequence("a", "b"), new, a="sent", b="planned")
    assert (move.kept, move.altered) == (("b",), ("b",))


PLACEMENT = {"record": "placement", "day_zero": "placement.start_date"}


@pytest.mark.parametrize(
    ("old", "new", "to", "words"),
    [
        (sequence("a"), sequence("b"), 1, "already on version 1"),
        (sequence("a"), sequence("a", **PLACEMENT), 2, "about a placement, version 1 about a person"),
        (sequence("a", record="placement"), sequence("a", **PLACEMENT), 2, "day zero is a date in version 2, not set"),
        (sequence("a", **PLACEMENT), sequence("a", record="placement"), 2, "day zero is not set in version 2, a date"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    old: SequenceDefinition, new: SequenceDefinition, to: int, words: str
) -> None:
    with pytest.raises(RefusedError, match=words):
        plan_move(NumberedVersion(1, old), NumberedVersion(to, new), {})


def test_an_older_version_is_allowed_but_said() -> None:
    assert check_versions(NumberedVersion(3, sequence("a")), NumberedVersion(2, sequence("a"))) == (
        "version 2 is older than version 3",
    )


def test_another_day_zero_of_the_same_kind_is_allowed_but_said_and_moves_every_step() -> None:
    other = sequence("a", record="placement", day_zero="placement.end_date")
    move = moved(sequence("a", **PLACEMENT), other, a="planned")
    assert move.altered == ("a",)
    assert move.notes == ("day zero is placement.end_date in version 2, placement.start_date in version 1",)


def test_the_key_differs_for_a_run_that_was_moved_to_and_fro() -> None:
    assert command_key("e1", 2, 0) == command_key("e1", 2, 0)
    assert command_key("e1", 2, 0) != command_key("e1", 2, 2)


IDS = [f"s{number}" for number in range(8)]
LISTS = st.lists(st.sampled_from(IDS), min_size=1, max_size=6, unique=True)
TEMPLATES = st.dictionaries(st.sampled_from(IDS), st.sampled_from(["t/one", "t/two", "t/three"]))


def with_templates(ids: list[str], templates: dict[str, str]) -> SequenceDefinition:
    return sequence(*({"id": step, "email": templates.get(step, f"t/{step}")} for step in ids))


@pytest.mark.slow
@given(LISTS, LISTS, TEMPLATES, TEMPLATES, st.integers(0, 6), st.lists(st.sampled_from(sorted(BEHIND)), min_size=6))
def test_properties(
    before: list[str], after: list[str], first: dict[str, str], second: dict[str, str], count: int, states: list[str]
) -> None:
    old, new = with_templates(before, first), with_templates(after, second)
    known = {step: states[index] if index < count else "planned" for index, step in enumerate(before)}
    behind = {step for step, state in known.items() if state in BEHIND}
    move = plan_move(NumberedVersion(1, old), NumberedVersion(2, new), known)
    passed = [each.step for each in move.passed]
    to_come = {*move.kept, *move.added}
    # Each step of the new version has one fate, and lists keep the order of the file.
    assert sorted([*move.decided, *move.kept, *passed, *move.added]) == sorted(after)
    for fate in (move.decided, move.kept, passed, move.added):
        assert sorted(fate, key=after.index) == list(fate)
    # A decided step stays decided, whatever became of it in the file: never twice.
    assert set(move.decided) == behind & set(after)
    assert set(move.gone) == behind - set(after)
    assert not to_come & behind
    # What was to come still comes, or is cancelled because the new version does not have it.
    assert set(move.kept) == (set(before) - behind) & set(after)
    assert set(move.dropped) == (set(before) - behind) - set(after)
    # Nothing new goes above what is decided, and each decided step that vanished keeps at most one new one away.
    last = max((after.index(step) for step in move.decided), default=-1)
    assert all(after.index(step) > last for step in move.added)
    stand_ins = [each.instead_of for each in move.passed if each.instead_of]
    assert len(stand_ins) == len(set(stand_ins))
    assert set(stand_ins) <= set(move.gone)
    # Contents that vanished with a decided step are not sent under a new name, unless the file has more of them.
    for template in {step.template for step in old.steps}:
        lost = sum(step.template == template and step.id in move.gone for step in old.steps)
        fresh = sum(step.template == template and step.id not in before for step in new.steps)
        sent = sum(step.template == template and step.id in move.added for step in new.steps)
        assert sent <= max(0, fresh - lost)
