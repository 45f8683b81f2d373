"""A model's score agrees with what is known without it."""

from __future__ import annotations

from sequences.reactions.sentiment import Intent, Label, Probabilities, Score
from services.reactions.score_reply import settled

SURE = Score(Label.NEGATIVE, 0.99, Probabilities(0.005, 0.99, 0.005), Intent.OPT_OUT, opt_out=True, needs_review=False)


def test_a_cry_for_help_is_a_question_that_a_person_answers_whatever_the_model_says() -> None:
    score = settled(SURE, wished=False, refused=False, asks_for_help=True)
    assert score is not None
    assert (score.label, score.intent, score.opt_out, score.needs_review) == (
        Label.NEUTRAL,
        Intent.QUESTION,
        False,
        True,
    )


def test_a_wish_found_before_stands() -> None:
    score = settled(SURE, wished=True, refused=False, asks_for_help=True)
    assert score is not None
    assert (score.label, score.opt_out) == (Label.NEGATIVE, True)


def test_otherwise_the_model_has_the_word() -> None:
    assert settled(SURE, wished=False, refused=False) is SURE
    assert settled(None, wished=False, refused=False, asks_for_help=True) is None
