import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.calibrated import NOTHING, calibrated, read_joint
from sequences.reactions.sentiment import Intent, Label, Probabilities

CLASSES = ("positive/interested", "positive/later", "negative/decline", "negative/opt_out", "neutral/other")


def test_calibration_keeps_the_order_and_sums_to_one() -> None:
    found = calibrated({"a": 0.9, "b": 0.1}, 2.0)
    assert found == {"a": pytest.approx(0.75), "b": pytest.approx(0.25)}
    assert calibrated({}, 2.0) == {}


def test_caution_is_added_to_the_logits_of_negative_classes_alone() -> None:
    plain = {"positive/interested": 0.5, "negative/decline": 0.3, "neutral/other": 0.2}
    found = calibrated(plain, 1.0, math.log(2))
    assert found == {
        "positive/interested": pytest.approx(0.5 / 1.3),
        "negative/decline": pytest.approx(0.6 / 1.3),
        "neutral/other": pytest.approx(0.2 / 1.3),
    }


def test_a_reading_sums_over_the_pairs() -> None:
    labels, intents = read_joint({"positive/later": 0.5, "neutral/later": 0.3, "negative/decline": 0.2})
    assert labels == pytest.approx((0.5, 0.2, 0.3))
    assert intents == {Intent.LATER: pytest.approx(0.8), Intent.DECLINE: pytest.approx(0.2)}
    assert read_joint({}) == NOTHING


@given(
    st.lists(st.floats(1e-9, 1.0), min_size=len(CLASSES), max_size=len(CLASSES)),
    st.floats(0.5, 4.0),
    st.floats(0.0, 2.0),
)
def test_a_reading_is_of_probabilities_and_more_caution_never_makes_a_no_less_likely(
    values: Any, temperature: float, caution: float
) -> None:
    joint = {name: value / sum(values) for name, value in zip(CLASSES, values, strict=True)}
    labels, intents = read_joint(joint, temperature, caution)
    assert sum(labels) == pytest.approx(1) == pytest.approx(sum(intents.values()))
    assert labels.of(Label.NEGATIVE) >= read_joint(joint, temperature).labels.of(Label.NEGATIVE) - 1e-12


def test_what_is_no_number_is_passed_on() -> None:
    labels, _ = read_joint({"positive/interested": math.nan, "negative/decline": 0.5})
    assert isinstance(labels, Probabilities)
    assert any(math.isnan(value) for value in labels)
