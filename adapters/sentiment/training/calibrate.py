"""What is chosen from replies that a model did not learn: temperature, caution and thresholds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final, NamedTuple

from adapters.sentiment.calibrated import read_joint
from adapters.sentiment.training.corpus import LabelledReply
from adapters.sentiment.training.evaluate import Report, evaluate
from sequences.reactions.sentiment import ENGLISH, Label, OptOutLimits, Probabilities, Score, decide

_OPT_OUT_CANDIDATES: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
_MOST_FALSE_ALARMS: Final = 0.005
_MOST_FALSE_ALARMS_ELSEWHERE: Final = 0.02
_WITH_PHRASES_CANDIDATES: Final = (0.1, 0.07, 0.05, 0.04, 0.03, 0.02)
_ELSEWHERE: Final = OptOutLimits(with_phrases=0.05, suspected=0.1)
"""In other languages than English, to begin with: where phrases hint at an opt-out, and from where on a person reads
what may be one."""
_CAUTIONS: Final = tuple(step / 4 for step in range(9))
_MOST_NO_AS_YES: Final = 0.015
_DEAREST_CAUTION: Final = 0.005
"""Of all replies: what caution may cost in accuracy of the three labels."""
_DEAREST_COVERAGE: Final = 0.01
"""Of all replies: how many more may need review for it. Past that, caution makes confident mistakes of its own."""

Answers = Sequence[tuple[LabelledReply, Mapping[str, float]]]
"""Replies that the model did not learn, with its raw probabilities."""


def calibrate(answers: Answers, target: float, languages: Set[str] = ENGLISH) -> dict[str, Any]:
    """Temperature, caution and thresholds, and what they yield on the same replies.

    Args:
        answers: see ``Answers``.
        target: accuracy wanted of the answers that no human reads.
        languages: ISO 639-1 codes that the model is to judge.

    Returns:
        The fields of a ``ModelCard`` of those names, and ``metrics``.
    """
    held_out = _HeldOut(answers, languages)
    temperature = choose_temperature([(read_joint(joint).labels, reply.label) for reply, joint in answers])
    caution = _choose_caution(held_out, temperature, target)
    # In English the model finds nearly all by itself.
    opt_out = _choose_opt_out(held_out, temperature, caution, OptOutLimits() if languages == ENGLISH else _ELSEWHERE)
    unsuspecting = opt_out._replace(suspected=1.0)
    threshold = held_out.threshold(held_out.scores(temperature, caution, 0.0, unsuspecting), target)
    return {
        "temperature": temperature,
        "caution": caution,
        "threshold": threshold,
        "opt_out_threshold": opt_out.obeyed,
        "opt_out_with_phrases": opt_out.with_phrases,
        "suspicion": opt_out.suspected,
        "metrics": {"held_out": held_out.report(temperature, caution, threshold, opt_out).as_json()},
    }


class _HeldOut(NamedTuple):
    """Replies that were not learned, and the languages that the model is to judge."""

    answers: Answers
    languages: Set[str]

    @property
    def replies(self) -> list[LabelledReply]:
        return [reply for reply, _ in self.answers]

    def scores(self, temperature: float, caution: float, threshold: float, opt_out: OptOutLimits) -> list[Score]:
        return [
            decide(
                read_joint(joint, temperature, caution),
                reply.text,
                threshold,
                opt_out=opt_out,
                languages=self.languages,
            )
            for reply, joint in self.answers
        ]

    def report(self, temperature: float, caution: float, threshold: float, opt_out: OptOutLimits) -> Report:
        return evaluate(self.replies, self.scores(temperature, caution, threshold, opt_out))

    def threshold(self, scores: Sequence[Score], target: float) -> float:
        """From scores to which no threshold was applied."""
        judged = zip(self.replies, scores, strict=True)
        return choose_threshold(
            ((score.confidence, reply.label is score.label) for reply, score in judged if not score.needs_review),
            target,
        )


class _Cautious(NamedTuple):
    """What a caution does to the answers, with the threshold that it would lead to."""

    accuracy: float
    no_as_yes: float
    coverage: float


def _choose_caution(held_out: _HeldOut, temperature: float, target: float) -> float:
    """The least that takes hardly a no for a yes, unless it costs too much; then the most that does not."""
    tried = {caution: _tried(held_out, temperature, caution, target) for caution in _CAUTIONS}
    plain = tried[0.0]
    bearable = {
        caution: found
        for caution, found in tried.items()
        if found.accuracy >= plain.accuracy - _DEAREST_CAUTION and found.coverage >= plain.coverage - _DEAREST_COVERAGE
    }
    enough = [caution for caution, found in bearable.items() if found.no_as_yes <= _MOST_NO_AS_YES]
    return min(enough) if enough else max(bearable)


def _tried(held_out: _HeldOut, temperature: float, caution: float, target: float) -> _Cautious:
    scores = held_out.scores(temperature, caution, 0.0, OptOutLimits(obeyed=1.0))
    report = evaluate(held_out.replies, scores)
    threshold = held_out.threshold(scores, target)
    trusted = sum(score.confidence >= threshold and not score.needs_review for score in scores)
    return _Cautious(report.accuracy or 0.0, report.negative_as_positive or 0.0, trusted / max(len(scores), 1))


def _choose_opt_out(held_out: _HeldOut, temperature: float, caution: float, limits: OptOutLimits) -> OptOutLimits:
    """Those limits with the lowest probabilities from which the model's word raises hardly a false alarm."""
    most = _MOST_FALSE_ALARMS if held_out.languages == ENGLISH else _MOST_FALSE_ALARMS_ELSEWHERE

    def lowest(tries: Sequence[OptOutLimits]) -> OptOutLimits:
        for tried in reversed(tries):
            alarms = held_out.report(temperature, caution, 0.0, tried).opt_out_false_alarms
            if alarms is None or alarms <= most:
                return tried
        return tries[0]

    chosen = lowest([limits._replace(obeyed=candidate) for candidate in _OPT_OUT_CANDIDATES])
    if held_out.languages == ENGLISH:
        return chosen
    return lowest([chosen._replace(with_phrases=candidate) for candidate in _WITH_PHRASES_CANDIDATES])


def choose_threshold(
    judged: Iterable[tuple[float, bool]], target: float, least: float = 0.5, most: float = 0.95
) -> float:
    """The lowest confidence above which at least ``target`` of the answers are right.

    Args:
        judged: confidence and whether the label was right, of replies that the model was not trained on.
        target: wanted accuracy above the threshold.
        least: never choose less: a coin's throw is no answer.
        most: never choose more: a model that cannot reach the target must be improved, not silenced.
    """
    best, right, count = most, 0, 0
    ordered = sorted(judged, key=lambda pair: -pair[0])
    # Equals are taken together: a threshold lets all of them in.
    for confidence, equals in itertools.groupby(ordered, key=lambda pair: pair[0]):
        answers = [correct for _, correct in equals]
        right, count = right + sum(answers), count + len(answers)
        if confidence >= least and right / count >= target:
            best = min(best, confidence)
    # Rounded down, so that the reply which set it is itself above it; finely, so that hardly another one is.
    return math.floor(max(least, best) * 1_000_000) / 1_000_000


def choose_temperature(raw: Sequence[tuple[Probabilities, Label]]) -> float:
    """The temperature, 0.5 to 4, at which the probabilities of the labels surprise least (mean log loss)."""
    candidates = [step / 20 for step in range(10, 81)]
    return min(candidates, key=lambda temperature: sum(_surprise(pair, true, temperature) for pair, true in raw))


def _surprise(probabilities: Probabilities, true: Label, temperature: float) -> float:
    powers = [max(value, 1e-12) ** (1 / temperature) for value in probabilities]
    own = max(probabilities.of(true), 1e-12) ** (1 / temperature)
    return -math.log(own / sum(powers))
