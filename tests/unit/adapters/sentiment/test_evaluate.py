import pytest

from adapters.sentiment.training.corpus import LabelledReply
from adapters.sentiment.training.evaluate import evaluate
from sequences.reactions.sentiment import Intent, Label, Probabilities, Score


def score(label: str, confidence: float = 0.9, *, opt_out: bool = False, held: bool = False) -> Score:
    rest = (1 - confidence) / 2
    values = {name: confidence if name == label else rest for name in Label}
    probabilities = Probabilities(values[Label.POSITIVE], values[Label.NEGATIVE], values[Label.NEUTRAL])
    return Score(Label(label), confidence, probabilities, Intent.OPT_OUT if opt_out else Intent.OTHER, opt_out, held)


def test_a_report_counts_what_it_says() -> None:
    replies = [
        LabelledReply(text="a", label=Label.POSITIVE, intent=Intent.INTERESTED),
        LabelledReply(text="b", label=Label.NEGATIVE, intent=Intent.OPT_OUT),
        LabelledReply(text="c", label=Label.NEGATIVE, intent=Intent.DECLINE),
        LabelledReply(text="d", label=Label.NEUTRAL, intent=Intent.OTHER),
    ]
    scores = [
        score("positive"),
        score("negative", opt_out=True),
        score("positive", 0.6, held=True),
        score("negative", opt_out=True),
    ]
    report = evaluate(replies, scores)
    assert (report.replies, report.accuracy, report.two_class_accuracy) == pytest.approx((4, 0.5, 2 / 3))
    assert report.negative_as_positive == 0.5
    assert (report.opt_out_precision, report.opt_out_recall, report.opt_out_false_alarms) == pytest.approx(
        (0.5, 1.0, 1 / 3)
    )
    assert (report.coverage, report.accuracy_above_threshold) == pytest.approx((0.75, 2 / 3))
    assert report.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert report.confusion["negative"] == {"positive": 1, "negative": 1, "neutral": 0}
    assert report.calibration_error == pytest.approx((abs(2.7 - 2) + 0.6) / 4)


def test_what_was_not_counted_is_none() -> None:
    report = evaluate([LabelledReply(text="a", label=Label.NEUTRAL)], [score("neutral")])
    assert (report.two_class_accuracy, report.opt_out_recall, report.intent_accuracy) == (None, None, None)
