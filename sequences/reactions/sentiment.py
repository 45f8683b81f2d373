"""What a reply means for further contact: labels, intents, and the decision from probabilities to a score.

The rule: *a label is the writer's attitude to further contact.* ``docs/sentiment.md`` defines each word with examples.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from sequences.reactions.language import foreign_language
from sequences.reactions.opt_out.match import ELSEWHERE, opt_out_reasons
from sequences.reactions.opt_out.phrases import asks_in_phrases


class Label(enum.StrEnum):
    """The writer's attitude to further contact: wants to go on, does not, takes no stance."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class Intent(enum.StrEnum):
    """What the writer does with the reply. ``opt_out`` is an explicit wish not to be contacted and suppresses."""

    INTERESTED = "interested"
    MEETING = "meeting"
    QUESTION = "question"
    REFERRAL = "referral"
    LATER = "later"
    DECLINE = "decline"
    OPT_OUT = "opt_out"
    COMPLAINT = "complaint"
    WRONG_PERSON = "wrong_person"
    ALREADY_PLACED = "already_placed"
    AUTO_REPLY = "auto_reply"
    ACKNOWLEDGEMENT = "acknowledgement"
    OTHER = "other"


class ReviewReason(enum.StrEnum):
    """Why a human must read a reply before it decides anything."""

    BELOW_THRESHOLD = "below_threshold"
    EMPTY = "empty"
    NO_WORDS = "no_words"
    OTHER_LANGUAGE = "other_language"
    BROKEN_CHARACTERS = "broken_characters"
    TOO_LONG = "too_long"
    NO_ANSWER = "no_answer"
    WISH_IN_OTHER_WORDS = "wish_in_other_words"
    SUSPECTED_OPT_OUT = "suspected_opt_out"
    OTHER_SENDER = "other_sender"
    NOT_AUTHENTICATED = "not_authenticated"


class Probabilities(NamedTuple):
    """Calibrated probabilities of the three labels; they sum to 1."""

    positive: float
    negative: float
    neutral: float

    def of(self, label: Label) -> float:
        """The probability of one label."""
        return float(getattr(self, label.value))


UNKNOWN: Final = Probabilities(1 / 3, 1 / 3, 1 / 3)
"""Said when there is nothing to judge."""


class CalibratedReading(NamedTuple):
    """What a model says of one reply.

    Attributes:
        labels: calibrated probabilities of the labels. Values that are no probabilities (NaN, negative) are treated as
            no answer: the reply needs review, with equal probabilities.
        intents: of the intents; missing ones count as 0, and none is there where the model knows none.
    """

    labels: Probabilities
    intents: Mapping[Intent, float]


class OptOutLimits(NamedTuple):
    """From which probability of the intent ``opt_out`` something follows, 0 to 1 each.

    Attributes:
        obeyed: it is one, whatever the words.
        with_phrases: it is one if phrases of another language than English hint at it too (``opt_out.phrases``).
        suspected: the reply needs review, if it is none by the others.
    """

    obeyed: float = 0.5
    with_phrases: float = 1.0
    suspected: float = 1.0


_LIMITS: Final = OptOutLimits()
_ANOTHER_STANCE: Final = 5.0
"""With phrases, a wish may be at most so many times less probable than that the writer wants us, or takes no stance."""

LONGEST_TEXT: Final = 20_000
"""A longer reply needs review: nobody writes that by hand, so something other than the reply was scored."""


@dataclass(frozen=True, slots=True)
class Score:
    """The judgement of one reply.

    Attributes:
        label: the attitude; ``negative`` whenever ``opt_out``.
        confidence: calibrated probability of ``label``, 0 to 1, as the model sees it (an opt-out found by the reviewed
            list alone keeps the model's low confidence, and needs review as well).
        probabilities: of the three labels, before an opt-out forces the label.
        intent: the most probable intent; ``opt_out`` whenever ``opt_out``.
        opt_out: an explicit wish not to be contacted. To be obeyed even when ``needs_review``.
        needs_review: a person must read it; until then nothing is sent and no follow-up but the task is made.
        reasons: ``ReviewReason`` values, and ``opt_out:model``, ``opt_out:model and phrases`` or
            ``opt_out:<pattern>``. Never words of the reply.
    """

    label: Label
    confidence: float
    probabilities: Probabilities
    intent: Intent
    opt_out: bool
    needs_review: bool
    reasons: tuple[str, ...] = ()


ENGLISH: Final = frozenset({"en"})
"""What the models that ship were trained on."""


def concerns(text: str, languages: Set[str] = ENGLISH) -> tuple[ReviewReason, ...]:
    """What makes a text unfit to be judged by a model alone, whatever the model says.

    Args:
        text: what the person wrote.
        languages: ISO 639-1 codes that the model knows.
    """
    return _concerns(text, foreign_language(text), languages)


def _concerns(text: str, foreign: str | None, languages: Set[str]) -> tuple[ReviewReason, ...]:
    found: list[ReviewReason] = []
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        found.append(ReviewReason.BROKEN_CHARACTERS)
    if not text.strip():
        found.append(ReviewReason.EMPTY)
    elif not any(letter.isalpha() for letter in text):
        found.append(ReviewReason.NO_WORDS)
    elif (foreign or "en") not in languages:
        found.append(ReviewReason.OTHER_LANGUAGE)
    if len(text) > LONGEST_TEXT:
        found.append(ReviewReason.TOO_LONG)
    return tuple(found)


def decide(
    reading: CalibratedReading,
    text: str,
    threshold: float,
    *,
    opt_out: OptOutLimits = _LIMITS,
    languages: Set[str] = ENGLISH,
) -> Score:
    """Turn the model's probabilities into a score.

    Args:
        reading: what the model says.
        text: what the person wrote.
        threshold: the confidence from which no human need read it, 0 to 1.
        opt_out: from when on the model's word counts for an opt-out.
        languages: ISO 639-1 codes that the model knows; a reply in another one needs review.
    """
    probabilities, intent_probs = reading
    foreign = foreign_language(text)
    review: list[str] = [*_concerns(text, foreign, languages)]
    if not _plausible((*probabilities, *intent_probs.values())) or sum(probabilities) <= 0.0:
        probabilities, intent_probs = UNKNOWN, {}
        review.append(ReviewReason.NO_ANSWER)
    wish = intent_probs.get(Intent.OPT_OUT, 0.0)
    found = [f"opt_out:{name}" for name in _wishes(text, foreign, wish, probabilities, opt_out)]
    if not found and wish >= opt_out.suspected:
        review.append(ReviewReason.SUSPECTED_OPT_OUT)
    label = Label.NEGATIVE if found else max((Label.NEUTRAL, Label.NEGATIVE, Label.POSITIVE), key=probabilities.of)
    confidence = probabilities.of(label)
    if confidence < threshold:
        review.append(ReviewReason.BELOW_THRESHOLD)
    return Score(
        label=label,
        confidence=confidence,
        probabilities=probabilities,
        intent=Intent.OPT_OUT if found else _likeliest(intent_probs),
        opt_out=bool(found),
        needs_review=bool(review),
        reasons=(*review, *found),
    )


def _wishes(
    text: str, foreign: str | None, wish: float, labels: Probabilities, limits: OptOutLimits
) -> tuple[str, ...]:
    """By what the reply is an opt-out: names of patterns, the model, or the model and phrases that hint at it."""
    found = dict.fromkeys(opt_out_reasons(text))
    phrases = asks_in_phrases(text, foreign)
    if phrases.surely:
        found[ELSEWHERE] = None
    if wish >= limits.obeyed:
        found["model"] = None
    elif (
        phrases.perhaps
        and wish >= limits.with_phrases
        and wish * _ANOTHER_STANCE >= max(labels.positive, labels.neutral)
    ):
        found["model and phrases"] = None
    return tuple(found)


def _likeliest(intent_probs: Mapping[Intent, float]) -> Intent:
    return max(intent_probs, key=lambda intent: intent_probs[intent], default=Intent.OTHER)


def _plausible(values: tuple[float, ...]) -> bool:
    return all(math.isfinite(value) and value >= 0.0 for value in values)
