import pytest

from adapters.sentiment.corpus import Reply
from adapters.sentiment.evaluate import choose_temperature, choose_threshold, evaluate
from adapters.sentiment.scorer import calibrated, marginals
from adapters.sentiment.text import FIRST_WORDS, LAST_WORDS, prepare
from sequences.sentiment import UNKNOWN, Intent, Label, Probabilities, Score


def score(label, confidence=0.9, *, opt_out=False, held=False):
    rest = (1 - confidence) / 2
    values = {name: confidence if name == label else rest for name in Label}
    probabilities = Probabilities(values[Label.POSITIVE], values[Label.NEGATIVE], values[Label.NEUTRAL])
    return Score(Label(label), confidence, probabilities, Intent.OPT_OUT if opt_out else Intent.OTHER, opt_out, held)


def test_a_report_counts_what_it_says():
    replies = [
        Reply(text="a", label=Label.POSITIVE, intent=Intent.INTERESTED),
        Reply(text="b", label=Label.NEGATIVE, intent=Intent.OPT_OUT),
        Reply(text="c", label=Label.NEGATIVE, intent=Intent.DECLINE),
        Reply(text="d", label=Label.NEUTRAL, intent=Intent.OTHER),
    ]
    scores = [
        score("positive"),
        score("negative", opt_out=True),
        score("positive", 0.6, held=True),
        score("negative", opt_out=True),
    ]
    report = evaluate(replies, scores)
    assert (report.replies, report.accuracy, report.two_class_accuracy) == (4, 0.5, pytest.approx(2 / 3))
    assert report.negative_as_positive == 0.5
    assert (report.opt_out_precision, report.opt_out_recall, report.opt_out_false_alarms) == (
        0.5,
        1.0,
        pytest.approx(1 / 3),
    )
    assert (report.coverage, report.accuracy_above_threshold) == (0.75, pytest.approx(2 / 3))
    assert report.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert report.confusion["negative"] == {"positive": 1, "negative": 1, "neutral": 0}
    assert report.calibration_error == pytest.approx((abs(2.7 - 2) + 0.6) / 4)


def test_what_was_not_counted_is_none():
    report = evaluate([Reply(text="a", label=Label.NEUTRAL)], [score("neutral")])
    assert (report.two_class_accuracy, report.opt_out_recall, report.intent_accuracy) == (None, None, None)


def test_the_threshold_is_the_lowest_that_keeps_the_target():
    judged = [(0.99, True), (0.9, True), (0.8, True), (0.7, False), (0.6, True)]
    assert choose_threshold(judged, 1.0) == pytest.approx(0.8)
    assert choose_threshold(judged, 0.8) == pytest.approx(0.6)
    assert choose_threshold([(0.99, False), (0.98, False)], 0.9) == 0.95


def test_the_temperature_of_an_overconfident_model_is_above_one():
    sure = Probabilities(0.98, 0.01, 0.01)
    assert choose_temperature([(sure, Label.POSITIVE)] * 3 + [(sure, Label.NEGATIVE)]) > 1.5
    assert choose_temperature([(Probabilities(0.6, 0.2, 0.2), Label.POSITIVE)] * 4) == 0.5


def test_calibration_keeps_the_order_and_sums_to_one():
    found = calibrated({"a": 0.9, "b": 0.1}, 2.0)
    assert found == {"a": pytest.approx(0.75), "b": pytest.approx(0.25)}
    assert calibrated({}, 2.0) == {}


def test_marginals_sum_over_the_pairs():
    labels, intents = marginals({"positive/later": 0.5, "neutral/later": 0.3, "negative/decline": 0.2})
    assert labels == pytest.approx((0.5, 0.2, 0.3))
    assert intents == {Intent.LATER: pytest.approx(0.8), Intent.DECLINE: 0.2}
    assert marginals({})[0] == UNKNOWN


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  I\u2019m \n\n in\t", "I'm in"),
        ("ok 👍🏽", "ok thumbs up sign"),
        ("\u202eyes\u200b", "yes"),
        ("a\0b \ud83d", "a b"),
        ("see https://x.example/abc?token=1 now", "see link now"),
        ("\u200f", ""),
    ],
)
def test_what_the_model_reads(text, read):
    assert prepare(text) == read


def test_long_mail_keeps_its_beginning_and_its_last_sentence():
    read = prepare("first " + "word " * 1000 + ". And so, stop writing to me.").split()
    assert read[0] == "first"
    assert read[-6:] == ["And", "so,", "stop", "writing", "to", "me."]
    assert len(read) <= FIRST_WORDS + LAST_WORDS
