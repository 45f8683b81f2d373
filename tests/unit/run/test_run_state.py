"""The state of a run: what it remembers, refuses, and shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.ids import enrollment_id, send_id
from sequences.retries import MOST_TRIES, wait_before_try
from sequences.run import SEEN_KEYS_KEPT, Command, Due, Phase, Reaction, RunState
from sequences.tokens import TokenKind, sign, verify
from workflows.details import details_of


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
        (Phase.REACTING, Command("1", "pause"), "nothing left to pause"),
        (Phase.REACTING, Command("1", "stop"), None),
        (Phase.CLOSED, Command("1", "stop"), "over"),
        (Phase.WAITING, Command("1", "dance"), "no command"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(phase: Phase, command: Command, refusal: str | None) -> None:
    found = RunState(phase=phase).refusal_of(command)
    assert (found is None) if refusal is None else (found is not None and refusal in found)


def test_the_same_command_again_is_never_refused() -> None:
    state = RunState(phase=Phase.CLOSED, seen=["1"])
    assert state.refusal_of(Command("1", "stop")) is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState(phase=Phase.WAITING, due=Due("remind", datetime(2027, 5, 4, 9, 30, tzinfo=UTC), "weekend")),
         "Next: **remind** at 2027-05-04 09:30 UTC (weekend)"),
        (RunState(phase=Phase.PAUSED, pause_reason="holiday"), "**Paused** until somebody resumes it: holiday"),
        (RunState(phase=Phase.WAITING, reactions=[Reaction("r", "replied")]), "**Held**"),
        (RunState(phase=Phase.CLOSED, due=Due(closed=True, state="stopped", reason="x")), "**stopped** (x)"),
        (RunState(phase=Phase.REACTING, due=Due(at=datetime(2027, 5, 4, tzinfo=UTC))), "reactions count until"),
    ],
)  # fmt: skip
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
