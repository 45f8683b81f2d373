"""What may have gone out is never taken for planned; what cannot have gone out stays planned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.runs.after_restore import RunEvidence, SeenReaction, StepAtBackup, doubtful_steps

LOST = datetime(2027, 5, 4, 14, 10, tzinfo=UTC)
NAMES = ("one", "two", "three", "four")
steps = st.lists(
    st.builds(
        StepAtBackup,
        id=st.sampled_from(NAMES),
        planned=st.booleans(),
        due_at=st.none() | st.integers(-72, 72).map(lambda hours: LOST + timedelta(hours=hours)),
        sends=st.booleans(),
    ),
    unique_by=lambda step: step.id,
)
evidences = st.none() | st.builds(
    RunEvidence, taken=st.lists(st.sampled_from(NAMES), unique=True).map(tuple), heard=st.just(())
)


@given(steps, evidences, st.booleans())
def test_each_step_is_in_doubt_exactly_if_it_may_have_gone_out(
    rows: list[StepAtBackup], evidence: RunEvidence | None, paused: bool
) -> None:
    found = doubtful_steps(rows, evidence, LOST, paused=paused)
    for row in rows:
        begun = evidence is not None and row.id in evidence.taken
        passed = row.due_at is not None and row.due_at <= LOST and not (paused and evidence is not None)
        assert (row.id in found) == (row.planned and row.sends and (begun or passed))


def test_a_paused_run_that_temporal_has_lost_is_judged_by_time() -> None:
    row = StepAtBackup("one", planned=True, due_at=LOST, sends=True)
    assert doubtful_steps([row], None, LOST, paused=True) == ("one",)
    assert doubtful_steps([row], RunEvidence(), LOST, paused=True) == ()
    assert doubtful_steps([row], RunEvidence(), LOST - timedelta(seconds=1), paused=False) == ()


@pytest.mark.parametrize(
    ("heard", "known", "ended_with", "why"),
    [
        ([("r1", "unsubscribed")], (), "", "unsubscribed"),
        ([("r1", "unsubscribed")], ("r1",), "", ""),
        ([("r1", "replied")], (), "opt_out", "opt_out"),
        ([("r1", "replied")], (), "complained (default)", "complained"),
        ([("r1", "clicked"), ("r2", "complained")], ("r1",), "", "complained"),
        ([], (), "replied.positive (default)", ""),
        ([], (), "finished", ""),
    ],
)
def test_what_forbids_to_write_is_found_in_reactions_and_ends(
    heard: list[tuple[str, str]], known: tuple[str, ...], ended_with: str, why: str
) -> None:
    evidence = RunEvidence(heard=tuple(SeenReaction(ident, kind, holds=True) for ident, kind in heard))
    assert evidence.forbids(known, ended_with) == why


def test_answers_are_words_and_clicks_that_the_rows_do_not_know() -> None:
    heard = (
        SeenReaction("r1", "replied", holds=True),
        SeenReaction("r2", "opened", holds=False),
        SeenReaction("r3", "clicked", holds=True),
    )
    assert [each.id for each in RunEvidence(heard=heard).answers({"r3"})] == ["r1"]
