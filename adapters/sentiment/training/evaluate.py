"""How good a model is on replies whose meaning is known: plain arithmetic over scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from adapters.sentiment.training.corpus import LabelledReply
from sequences.reactions.sentiment import Intent, Label, Score

_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured. Rates are 0 to 1, and None where there was nothing to count.

    Attributes:
        replies: how many.
        accuracy: of the three labels.
        two_class_accuracy: neutral left out; the more probable of positive and negative.
        macro_f1: mean F1 of the three labels.
        intent_accuracy: of the intents, where the file gives one.
        negative_as_positive: part of the negative replies that were called positive.
        calibration_error: expected calibration error, ten bins of equal width.
        opt_out_precision: part of the alarms that were opt-outs.
        opt_out_recall: part of the opt-outs that were found.
        opt_out_false_alarms: part of the other replies that were called opt-outs.
        coverage: part that needs no review.
        accuracy_above_threshold: of the replies that need no review.
        confusion: ``confusion[true][said]`` counts replies.
    """

    replies: int
    accuracy: float | None
    two_class_accuracy: float | None
    macro_f1: float | None
    intent_accuracy: float | None
    negative_as_positive: float | None
    calibration_error: float | None
    opt_out_precision: float | None
    opt_out_recall: float | None
    opt_out_false_alarms: float | None
    coverage: float | None
    accuracy_above_threshold: float | None
    confusion: dict[str, dict[str, int]]

    def as_json(self) -> dict[str, Any]:
        """Plain values, rates rounded to four places."""
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def evaluate(replies: Sequence[LabelledReply], scores: Sequence[Score]) -> Report:
    """Compare scores with what the replies are known to mean, pair by pair."""
    pairs = list(zip(replies, scores, strict=True))
    confusion = {true.value: {said.value: 0 for said in Label} for true in Label}
    for reply, score in pairs:
        confusion[reply.label][score.label] += 1
    polar = [(reply, score) for reply, score in pairs if reply.label is not Label.NEUTRAL]
    negative = [score for reply, score in pairs if reply.label is Label.NEGATIVE]
    known = [(reply, score) for reply, score in pairs if reply.intent is not None]
    alarms = [reply.intent is Intent.OPT_OUT for reply, score in known if score.opt_out]
    return Report(
        replies=len(pairs),
        accuracy=_rate(reply.label is score.label for reply, score in pairs),
        two_class_accuracy=_rate(
            (score.probabilities.negative > score.probabilities.positive) == (reply.label is Label.NEGATIVE)
            for reply, score in polar
        ),
        macro_f1=_macro_f1(confusion),
        intent_accuracy=_rate(reply.intent is score.intent for reply, score in known),
        negative_as_positive=_rate(score.label is Label.POSITIVE for score in negative),
        calibration_error=_calibration_error(
            [(score.confidence, reply.label is score.label) for reply, score in pairs]
        ),
        opt_out_precision=_rate(alarms),
        opt_out_recall=_rate(score.opt_out for reply, score in known if reply.intent is Intent.OPT_OUT),
        opt_out_false_alarms=_rate(score.opt_out for reply, score in known if reply.intent is not Intent.OPT_OUT),
        coverage=_rate(not score.needs_review for score in scores),
        accuracy_above_threshold=_rate(reply.label is score.label for reply, score in pairs if not score.needs_review),
        confusion=confusion,
    )


def _rate(values: Iterable[bool]) -> float | None:
    counted = list(values)
    return sum(counted) / len(counted) if counted else None


def _macro_f1(confusion: dict[str, dict[str, int]]) -> float | None:
    scores = []
    for label in Label:
        hits = confusion[label][label]
        wrong = sum(confusion[true][label] for true in Label) + sum(confusion[label].values()) - 2 * hits
        if hits or wrong:
            scores.append(2 * hits / (2 * hits + wrong))
    return sum(scores) / len(scores) if scores else None


def _calibration_error(judged: list[tuple[float, bool]]) -> float | None:
    if not judged:
        return None
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for confidence, correct in judged:
        bins[min(_BINS - 1, int(confidence * _BINS))].append((confidence, correct))
    gaps = (
        abs(sum(confidence for confidence, _ in members) - sum(correct for _, correct in members)) for members in bins
    )
    return sum(gaps) / len(judged)
