"""Which variant a run gets: a pure function of the run and the step, in the shares of the file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.definition.model import SequenceDefinition
from sequences.definition.steps import Step
from sequences.ids import enrollment_id
from sequences.runs.version_move import NumberedVersion, plan_move
from sequences.sending.wording import Wording, alike, drawn, settled_on, templates_of, wording_of, wordings

SLUGS = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True)
WEIGHTS = st.lists(st.integers(1, 20), min_size=2, max_size=5)
CRITICAL = {1: 19.5, 2: 23.0, 3: 25.9, 4: 28.5}
"""Of chi-square at 1 in 100,000, by degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods 1.3.6.7.4)."""


def step(*variants: dict[str, Any], name: str = "introduce", **more: Any) -> Step:
    return Step.model_validate({"id": name, "email": "bd/a", **more, "variants": variants or None})


def of_weights(weights: list[int], name: str = "introduce") -> Step:
    return step(*({"name": f"v{i}", "weight": weight} for i, weight in enumerate(weights)), name=name)


def variant_of(of: Step, run: str) -> str:
    found = drawn(of, run)
    assert found is not None
    assert found.variant is not None
    return found.variant


@settings(max_examples=25, deadline=None, derandomize=True)
@given(WEIGHTS, SLUGS)
def test_shares_are_those_of_the_weights(weights: list[int], name: str) -> None:
    compared, runs = of_weights(weights, name), 2_000
    counts: dict[str, int] = {}
    for number in range(runs):
        got = variant_of(compared, enrollment_id("s", str(number), "n"))
        counts[got] = counts.get(got, 0) + 1
    wanted = {f"v{i}": runs * weight / sum(weights) for i, weight in enumerate(weights)}
    chi_square = sum((counts.get(each, 0) - expected) ** 2 / expected for each, expected in wanted.items())
    assert chi_square < CRITICAL[len(weights) - 1], (counts, wanted)


def test_two_steps_are_drawn_apart() -> None:
    """Who gets A of the first step gets A or B of the second: otherwise nobody could tell which of them worked."""
    first, second = of_weights([1, 1], "one"), of_weights([1, 1], "two")
    both = [(variant_of(first, run), variant_of(second, run)) for run in (f"e{i}" for i in range(2_000))]
    assert all(430 < both.count(pair) < 570 for pair in [(a, b) for a in ("v0", "v1") for b in ("v0", "v1")])


@given(WEIGHTS, st.text(min_size=1), st.randoms())
def test_the_order_in_the_file_does_not_matter(weights: list[int], run: str, chance: Any) -> None:
    compared = of_weights(weights)
    assert compared.variants is not None
    mixed = list(compared.variants)
    chance.shuffle(mixed)
    assert variant_of(compared.model_copy(update={"variants": tuple(mixed)}), run) == variant_of(compared, run)


@given(WEIGHTS, st.text(min_size=1), st.integers(0, 4), st.integers(1, 40))
def test_a_weight_moves_only_what_its_variant_gains_or_loses(
    weights: list[int], run: str, which: int, weight: int
) -> None:
    which %= len(weights)
    before = variant_of(of_weights(weights), run)
    after = variant_of(of_weights([weight if i == which else each for i, each in enumerate(weights)]), run)
    if before != after:
        gains = weight > weights[which]
        assert (after if gains else before) == f"v{which}"


@given(WEIGHTS, st.text(min_size=1))
def test_a_version_that_changes_other_steps_changes_no_variant(weights: list[int], run: str) -> None:
    compared = of_weights(weights)
    assert variant_of(compared.model_copy(update={"when": "3 days after other", "email": "bd/b"}), run) == variant_of(
        compared, run
    )


def test_what_a_draw_was_yesterday_it_is_today() -> None:
    """Runs that are under way when Relance is updated keep their variants: these never change."""
    compared = step({"name": "a", "weight": 2}, {"name": "b"}, {"name": "c"})
    assert "".join(variant_of(compared, f"e{i}") for i in range(24)) == "ababababaaabbbaaaaaababc"


def test_a_variant_says_what_it_changes_and_the_step_says_the_rest() -> None:
    compared = step(
        {"name": "plain"},
        {"name": "asks", "subject": "Q"},
        {"name": "short", "template": "bd/b", "weight": 2},
        subject="S",
    )
    assert wordings(compared) == (
        Wording("bd/a", "S", "plain", 0.25),
        Wording("bd/a", "Q", "asks", 0.25),
        Wording("bd/b", "S", "short", 0.5),
    )
    assert wording_of(compared, "none") is None
    chosen = settled_on(compared, wordings(compared)[1])
    assert (chosen.template, chosen.subject, chosen.variants) == ("bd/a", "Q", None)
    assert wordings(chosen) == (Wording("bd/a", "Q"),)


def test_a_step_without_variants_says_one_thing_and_an_action_nothing() -> None:
    assert drawn(step(), "e1") == Wording("bd/a")
    acts = Step.model_validate({"id": "act", "do": [{"notify": "owner"}]})
    assert drawn(acts, "e1") is None
    assert wordings(acts) == ()


def test_variants_that_differ_in_nothing_are_named() -> None:
    compared = step({"name": "a"}, {"name": "b", "template": "bd/b"}, {"name": "c", "template": "bd/a"})
    assert [(one.variant, other.variant) for one, other in alike(compared)] == [("a", "c")]


def _sequence(*steps: Step) -> SequenceDefinition:
    return SequenceDefinition(sequence="s", name="S", record="person", steps=steps)


def test_every_template_of_every_variant_is_published() -> None:
    compared = step({"name": "a"}, {"name": "b", "template": "bd/b"})
    assert templates_of(_sequence(compared, step(name="again", email="bd/c"))) == {"bd/a", "bd/b", "bd/c"}


@pytest.mark.parametrize(("state", "altered", "not_again"), [("planned", True, False), ("sent", False, True)])
def test_who_got_a_variant_gets_no_other_by_a_move(state: str, altered: bool, not_again: bool) -> None:
    compared = step({"name": "a"}, {"name": "b", "template": "bd/b"})
    chosen = settled_on(compared, wordings(compared)[1])
    move = plan_move(
        NumberedVersion(1, _sequence(compared)), NumberedVersion(2, _sequence(chosen)), {"introduce": state}
    )
    assert (bool(move.altered), bool(move.not_again)) == (altered, not_again)
