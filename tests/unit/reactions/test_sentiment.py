import math
from typing import Any

import pytest

from sequences.reactions.sentiment import (
    CalibratedReading,
    Intent,
    Label,
    OptOutLimits,
    Probabilities,
    ReviewReason,
    concerns,
    decide,
)

SURE_POSITIVE = Probabilities(0.9, 0.06, 0.04)
SURE_NEGATIVE = Probabilities(0.05, 0.9, 0.05)
SURE_NEUTRAL = Probabilities(0.1, 0.1, 0.8)


@pytest.mark.parametrize(
    ("probabilities", "label"),
    [(SURE_POSITIVE, Label.POSITIVE), (SURE_NEGATIVE, Label.NEGATIVE), (SURE_NEUTRAL, Label.NEUTRAL)],
)
def test_the_likeliest_label_and_its_probability(probabilities: Probabilities, label: Label) -> None:
    score = decide(CalibratedReading(probabilities, {Intent.OTHER: 1.0}), "well then", 0.7)
    assert (score.label, score.confidence, score.needs_review, score.reasons) == (label, max(probabilities), False, ())


def test_the_likeliest_intent() -> None:
    intents = {Intent.QUESTION: 0.3, Intent.MEETING: 0.6, Intent.OTHER: 0.1}
    assert decide(CalibratedReading(SURE_POSITIVE, intents), "shall we talk", 0.7).intent is Intent.MEETING


def test_a_tie_is_never_positive() -> None:
    score = decide(CalibratedReading(Probabilities(0.5, 0.5, 0.0), {}), "well then", 0.4)
    assert score.label is Label.NEGATIVE
    assert (
        decide(CalibratedReading(Probabilities(1 / 3, 1 / 3, 1 / 3), {Intent.OTHER: 1.0}), "well then", 0.3).label
        is Label.NEUTRAL
    )


@pytest.mark.parametrize(("threshold", "held"), [(0.9, False), (0.9000001, True)])
def test_below_the_threshold_a_human_reads_it(threshold: float, held: bool) -> None:
    score = decide(CalibratedReading(SURE_POSITIVE, {Intent.INTERESTED: 1.0}), "yes please", threshold)
    assert score.needs_review is held
    assert (ReviewReason.BELOW_THRESHOLD in score.reasons) is held


def test_a_pattern_overrules_a_model_that_sees_interest_and_says_so() -> None:
    score = decide(
        CalibratedReading(SURE_POSITIVE, {Intent.INTERESTED: 1.0}), "Great! Now please remove me from your list.", 0.7
    )
    assert (score.label, score.intent, score.opt_out) == (Label.NEGATIVE, Intent.OPT_OUT, True)
    assert score.confidence == SURE_POSITIVE.negative
    assert score.needs_review
    assert score.reasons == (ReviewReason.BELOW_THRESHOLD, "opt_out:remove me")
    assert score.probabilities == SURE_POSITIVE


def test_the_model_alone_can_see_an_opt_out() -> None:
    score = decide(
        CalibratedReading(SURE_NEGATIVE, {Intent.OPT_OUT: 0.55, Intent.DECLINE: 0.45}), "that will be all for ever", 0.7
    )
    assert (score.opt_out, score.reasons, score.needs_review) == (True, ("opt_out:model",), False)


@pytest.mark.parametrize(("threshold", "opt_out"), [(0.55, True), (0.56, False)])
def test_the_models_word_counts_from_its_own_threshold(threshold: float, opt_out: bool) -> None:
    intents = {Intent.OPT_OUT: 0.55, Intent.DECLINE: 0.45}
    assert (
        decide(
            CalibratedReading(SURE_NEGATIVE, intents), "that will be all", 0.7, opt_out=OptOutLimits(threshold)
        ).opt_out
        is opt_out
    )


@pytest.mark.parametrize(
    "wrong",
    [Probabilities(math.nan, 0.5, 0.5), Probabilities(0, 0, 0), Probabilities(-1, 1, 1), Probabilities(math.inf, 0, 0)],
)
def test_what_is_no_probability_is_held_and_never_a_label_by_accident(wrong: Probabilities) -> None:
    score = decide(CalibratedReading(wrong, {Intent.INTERESTED: 1.0}), "yes please", 0.0)
    assert score.needs_review
    assert ReviewReason.NO_ANSWER in score.reasons
    assert (score.label, score.intent) == (Label.NEUTRAL, Intent.OTHER)
    assert score.confidence == pytest.approx(1 / 3)


def test_an_opt_out_is_seen_even_when_the_model_fails() -> None:
    score = decide(CalibratedReading(Probabilities(math.nan, math.nan, math.nan), {}), "STOP", 0.7)
    assert (score.opt_out, score.label, score.needs_review) == (True, Label.NEGATIVE, True)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", (ReviewReason.EMPTY,)),
        (" \n\t ", (ReviewReason.EMPTY,)),
        ("👍👍", (ReviewReason.NO_WORDS,)),
        ("?!", (ReviewReason.NO_WORDS,)),
        ("yes\0please", (ReviewReason.BROKEN_CHARACTERS,)),
        ("yes \ud83d please", (ReviewReason.BROKEN_CHARACTERS,)),
        ("yes please " * 2000, (ReviewReason.TOO_LONG,)),
        ("Kein Interesse, danke.", (ReviewReason.OTHER_LANGUAGE,)),
        ("yes please 👍", ()),
        ("\u200fyes please\u200e", ()),
        ("no", ()),
    ],
)
def test_what_a_human_must_read_whatever_the_model_says(text: str, reasons: tuple[Any, ...]) -> None:
    assert concerns(text) == reasons
    assert decide(CalibratedReading(SURE_NEGATIVE, {Intent.DECLINE: 1.0}), text, 0.0).needs_review is bool(reasons)
