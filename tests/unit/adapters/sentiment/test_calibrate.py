from typing import Any

import pytest

from adapters.sentiment.training.calibrate import calibrate, choose_temperature, choose_threshold
from adapters.sentiment.training.corpus import LabelledReply
from sequences.reactions.sentiment import Label, Probabilities


def answer(label: str, intent: str, **joint: Any) -> tuple[LabelledReply, dict[str, Any]]:
    return LabelledReply(text="well then", label=label, intent=intent), {
        name.replace("_", "/", 1): value for name, value in joint.items()
    }


YES = [answer("positive", "interested", positive_interested=0.97, negative_decline=0.02, neutral_other=0.01)] * 60
NO = [answer("negative", "decline", positive_interested=0.05, negative_decline=0.93, neutral_other=0.02)] * 60
OUT = [answer("negative", "opt_out", negative_opt_out=0.9, negative_decline=0.08, positive_interested=0.02)] * 20
NEARLY = [answer("negative", "decline", positive_interested=0.52, negative_decline=0.47, neutral_other=0.01)] * 5


def test_the_threshold_is_the_lowest_that_keeps_the_target() -> None:
    judged = [(0.99, True), (0.9, True), (0.8, True), (0.7, False), (0.6, True)]
    assert choose_threshold(judged, 1.0) == pytest.approx(0.8)
    assert choose_threshold(judged, 0.8) == pytest.approx(0.6)
    assert choose_threshold([(0.9, True)] * 50 + [(0.8, True)] * 50 + [(0.8, False)] * 10, 0.98) == pytest.approx(0.9)
    assert choose_threshold([(0.99, False), (0.98, False)], 0.9) == 0.95


def test_the_temperature_of_an_overconfident_model_is_above_one() -> None:
    sure = Probabilities(0.98, 0.01, 0.01)
    assert choose_temperature([(sure, Label.POSITIVE)] * 3 + [(sure, Label.NEGATIVE)]) > 1.5
    assert choose_temperature([(Probabilities(0.6, 0.2, 0.2), Label.POSITIVE)] * 4) == 0.5


def test_caution_stays_away_where_no_no_is_taken_for_a_yes() -> None:
    assert calibrate([*YES, *NO, *OUT], 0.98)["caution"] == 0.0


def test_caution_is_as_much_as_turns_the_near_misses() -> None:
    chosen = calibrate([*YES, *NO, *OUT, *NEARLY], 0.98)
    assert 0 < chosen["caution"] <= 0.5
    assert chosen["metrics"]["held_out"]["negative_as_positive"] == 0.0


def test_caution_is_not_bought_with_the_answers_to_those_who_want_us() -> None:
    torn = [answer("positive", "interested", positive_interested=0.52, negative_decline=0.47, neutral_other=0.01)] * 10
    assert calibrate([*YES, *NO, *OUT, *NEARLY, *torn], 0.98)["caution"] == 0.0


@pytest.mark.slow
def test_caution_is_not_bought_with_answers_that_a_person_must_read() -> None:
    """What makes a few more of the negative ones right makes one mistake surer than the calm yes of many others."""
    calm = [answer("positive", "interested", positive_interested=0.8, negative_decline=0.1, neutral_other=0.1)] * 60
    mistake = [answer("positive", "interested", positive_interested=0.3, negative_decline=0.65, neutral_other=0.05)]
    stubborn = [answer("negative", "decline", positive_interested=0.66, negative_decline=0.33, neutral_other=0.01)] * 5
    replies = [*YES * 5, *calm, *NO, *OUT, *stubborn, *mistake]
    bold, strict = calibrate(replies, 0.98), calibrate(replies, 1.0)
    assert bold["caution"] > strict["caution"]
    assert bold["metrics"]["held_out"]["negative_as_positive"] == 0.0
    assert strict["metrics"]["held_out"]["coverage"] > 0.97


def test_the_opt_out_threshold_is_the_lowest_that_hardly_alarms() -> None:
    quiet = calibrate([*YES, *NO, *OUT], 0.98)["opt_out_threshold"]
    torn = [answer("negative", "decline", negative_opt_out=0.45, negative_decline=0.55)] * 10
    louder = calibrate([*YES, *NO, *OUT, *torn], 0.98)["opt_out_threshold"]
    assert quiet == 0.1
    assert louder > 0.4


def test_what_was_chosen_is_measured_on_the_same_replies() -> None:
    report = calibrate([*YES, *NO, *OUT], 0.98)["metrics"]["held_out"]
    assert (report["replies"], report["accuracy"], report["coverage"]) == (140, 1.0, 1.0)
    assert report["opt_out_recall"] == 1.0


def test_in_other_languages_a_hint_in_the_words_lets_a_suspicion_count() -> None:
    def of(text: str, replies: list[Any]) -> list[Any]:
        return [(reply.model_copy(update={"text": text, "language": "de"}), joint) for reply, joint in replies]

    german = of("Ich bleibe hier.", [*YES, *NO, *OUT])
    hint = "Spart euch die M\u00fche mit euren Nachrichten."
    noisy = of(hint, [answer("negative", "decline", negative_opt_out=0.2, negative_decline=0.8)] * 10)
    quiet, loud = calibrate(german, 0.98, {"de"}), calibrate([*german, *noisy], 0.98, {"de"})
    assert (quiet["opt_out_with_phrases"], quiet["suspicion"]) == (0.02, 0.1)
    assert loud["opt_out_with_phrases"] > 0.02
    english = calibrate([*YES, *NO, *OUT], 0.98)
    assert (english["opt_out_with_phrases"], english["suspicion"]) == (1.0, 1.0)
