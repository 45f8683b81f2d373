"""The state of a run: what it remembers, refuses, and shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.ids import enrollment_id, send_id
from sequences.runs.command_checks import pinned, refusal_of
from sequences.runs.state import ANSWERS_KEPT, SEEN_KEYS_KEPT, Command, Decision, Due, Phase, Reaction, RunState
from sequences.sending.outcome import MOST_TRIES, wait_before_try
from sequences.tokens import TokenKind, sign, verify
from workflows.ui_details import details_of


@given(st.lists(st.text(min_size=1, max_size=4), max_size=60))
def test_a_key_is_new_once(keys: list[str]) -> None:
    state = RunState()
    assert [state.remember(key) for key in keys].count(True) == len(set(keys))


def test_memory_is_bounded() -> None:
    state = RunState()
    for number in range(SEEN_KEYS_KEPT * 2):
        state.remember(str(number))
    assert len(state.seen) == SEEN_KEYS_KEPT
    assert not state.remember(str(SEEN_KEYS_KEPT * 2 - 1))


@pytest.mark.parametrize(
    ("phase", "command", "refusal"),
    [
        (Phase.WAITING, Command("1", "pause"), None),
        (Phase.WAITING, Command("1", "resume"), "not paused"),
        (Phase.PAUSED, Command("1", "resume", mode="skip"), None),
        (Phase.PAUSED, Command("1", "resume", mode="jump"), "shift, skip or send_one"),
        (Phase.PAUSED, Command("1", "pause"), None),
        (Phase.WAITING, Command("1", "pause", mode="2027-05-04T09:00:00+00:00"), None),
        (Phase.WAITING, Command("1", "pause", mode="2027-05-04T09:00:00"), "the end of a pause is an instant"),
        (Phase.WAITING, Command("1", "pause", mode="tomorrow"), "the end of a pause is an instant"),
        (Phase.REACTING, Command("1", "pause"), "nothing left to pause"),
        (Phase.REACTING, Command("1", "stop"), None),
        (Phase.CLOSED, Command("1", "stop"), "over"),
        (Phase.WAITING, Command("1", "dance"), "unknown command"),
        (Phase.STARTING, Command("1", "skip"), "just starting"),
        (Phase.WAITING, Command("1", "skip"), None),
        (Phase.WAITING, Command("1", "skip", step="four"), None),
        (Phase.PAUSED, Command("1", "skip"), None),
        (Phase.REACTING, Command("1", "skip"), "all steps of this run are done"),
        (Phase.CLOSED, Command("1", "skip"), "over"),
        (Phase.WAITING, Command("1", "send-now"), None),
        (Phase.WAITING, Command("1", "send-now", step="two"), None),
        (Phase.WAITING, Command("1", "send-now", step="three"), "the next step is two"),
        (Phase.PAUSED, Command("1", "send-now"), "resume it first"),
        (Phase.REACTING, Command("1", "send-now"), "all steps of this run are done"),
        (Phase.WAITING, Command("1", "move", mode="3"), None),
        (Phase.PAUSED, Command("1", "move", mode="1"), None),
        (Phase.REACTING, Command("1", "move", mode="3"), None),
        (Phase.WAITING, Command("1", "move", mode="2"), "already on version 2"),
        (Phase.WAITING, Command("1", "move", mode=""), "is a number"),
        (Phase.WAITING, Command("1", "move", mode="-1"), "is a number"),
        (Phase.WAITING, Command("1", "move", mode="0"), "is a number"),
        (Phase.WAITING, Command("1", "move", mode="٣"), "is a number"),
        (Phase.WAITING, Command("1", "move", mode="9999999999"), "is a number"),
        (Phase.CLOSED, Command("1", "move", mode="3"), "over"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(phase: Phase, command: Command, refusal: str | None) -> None:
    due = Due("two") if phase in (Phase.WAITING, Phase.PAUSED) else Due()
    found = refusal_of(RunState(phase=phase, version=2, due=due), command)
    assert (found is None) if refusal is None else (found is not None and refusal in found)


def test_the_same_command_again_is_never_refused() -> None:
    state = RunState(phase=Phase.CLOSED, seen=["1"])
    assert refusal_of(state, Command("1", "stop")) is None


def test_what_is_asked_of_the_next_step_means_the_one_that_is_next_then() -> None:
    state = RunState(phase=Phase.WAITING, due=Due("two"))
    assert [pinned(Command("1", kind), state).step for kind in ("skip", "send-now", "pause")] == ["two", "two", ""]
    assert pinned(Command("1", "skip", step="three"), state).step == "three"


NOON = datetime(2027, 5, 4, 12, tzinfo=UTC)
BY_HAND = Due("two", NOON, "by hand, quiet_hours", attempt=1, by_hand=True)


@pytest.mark.parametrize(
    ("planned", "before", "expected"),
    [
        (Due("two", NOON.replace(day=9), "window"), BY_HAND, BY_HAND),
        (Due("three", NOON), BY_HAND, Due("three", NOON)),
        (Due(at=NOON, why="reaction period"), BY_HAND, Due(at=NOON, why="reaction period")),
        (Due("two", NOON.replace(day=9)), Due("two", NOON), Due("two", NOON.replace(day=9))),
        (Due("two", NOON.replace(hour=9), by_hand=True), BY_HAND, Due("two", NOON.replace(hour=9), by_hand=True)),
        (Due("two", NOON), None, Due("two", NOON)),
    ],
)
def test_a_new_plan_keeps_what_a_person_wanted_sent_now(planned: Due, before: Due | None, expected: Due) -> None:
    assert planned.still_by_hand(before) == expected


def test_a_command_is_answered_or_refused_once_it_is_carried_out_and_memory_of_it_is_bounded() -> None:
    state = RunState(phase=Phase.WAITING)
    for number in range(ANSWERS_KEPT * 2):
        for kind, decision in (("a", Decision(reason="done", changed=True)), ("r", Decision(refused="no"))):
            command = Command(f"{kind}{number}", "skip")
            state.commands.append(command)
            assert state.awaits(command.id)
            state.settle(command, Phase.WAITING, decision)
            assert not state.awaits(command.id)
    assert (len(state.answers), len(state.refusals)) == (ANSWERS_KEPT, ANSWERS_KEPT)
    assert state.answers[f"a{ANSWERS_KEPT * 2 - 1}"].changed
    assert state.refusals[f"r{ANSWERS_KEPT * 2 - 1}"] == "no"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            RunState(phase=Phase.WAITING, due=Due("remind", datetime(2027, 5, 4, 9, 30, tzinfo=UTC), "weekend")),
            "Next: **remind** at 2027-05-04 09:30 UTC (weekend)",
        ),
        (RunState(phase=Phase.PAUSED, pause_reason="holiday"), "**Paused** until it is resumed: holiday"),
        (RunState(phase=Phase.WAITING, reactions=[Reaction("r", "replied")]), "**Blocked**"),
        (RunState(phase=Phase.CLOSED, due=Due(closed=True, state="stopped", reason="x")), "**stopped** (x)"),
        (RunState(phase=Phase.REACTING, due=Due(at=datetime(2027, 5, 4, tzinfo=UTC))), "reactions count until"),
    ],
)
def test_the_temporal_ui_says_where_the_run_is(state: RunState, words: str) -> None:
    assert words in details_of(state)


@given(st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=4, max_size=39))
def test_a_token_survives_a_change_of_case_and_no_other_key_opens_it(ident: str) -> None:
    token = sign(TokenKind.REPLY, ident, b"key")
    assert len(token) <= 64
    assert verify(TokenKind.REPLY, token.upper(), (b"new", b"key")) == ident
    for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), "", token[1:]):
        with pytest.raises(Exception, match="token"):
            verify(TokenKind.REPLY, wrong, (b"key",))
    with pytest.raises(Exception, match="token"):
        verify(TokenKind.CLICK, token, (b"key",))
    with pytest.raises(Exception, match="token"):
        verify(TokenKind.REPLY, token, (b"other",))


def test_ids_tell_their_parts_apart_and_stay_the_same() -> None:
    assert enrollment_id("a", "bc", "n") != enrollment_id("ab", "c", "n")
    assert send_id("e1", "one") == send_id("e1", "one")


def test_waits_grow_and_cover_a_day() -> None:
    waits = [wait_before_try(number) for number in range(1, MOST_TRIES)]
    assert waits == sorted(waits)
    assert sum(waits) > 24 * 3600
