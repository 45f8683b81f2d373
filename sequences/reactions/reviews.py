"""A human's word on a reply: which labels and intents go together, and what is left to do after a correction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from sequences.channels import CHANNELS, EMAIL
from sequences.number_words import number_of
from sequences.reactions.sentiment import Intent, Label, ReviewReason

if TYPE_CHECKING:
    from sequences.definition.follow_ups import FollowUp

REVIEWED: Final = "reviewed"
"""Kind of the reaction by which a run hears of a review. No rule names it: those for the reply count."""
REPLY: Final = "reviews"
"""Key, in the detail of that reaction, of the id of the reply."""
OVERRULED: Final = "overruled by a review"
"""Result of a follow-up that was to go out, until a human said that the reply means something else."""

PAIRS: Final[Mapping[Label, tuple[Intent, ...]]] = MappingProxyType(
    {
        Label.POSITIVE: (
            Intent.INTERESTED,
            Intent.MEETING,
            Intent.QUESTION,
            Intent.REFERRAL,
            Intent.LATER,
            Intent.ACKNOWLEDGEMENT,
        ),
        Label.NEGATIVE: (
            Intent.DECLINE,
            Intent.OPT_OUT,
            Intent.COMPLAINT,
            Intent.WRONG_PERSON,
            Intent.ALREADY_PLACED,
        ),
        Label.NEUTRAL: (
            Intent.OTHER,
            Intent.QUESTION,
            Intent.REFERRAL,
            Intent.LATER,
            Intent.AUTO_REPLY,
            Intent.ACKNOWLEDGEMENT,
            Intent.WRONG_PERSON,
        ),
    }
)
"""Which intents a label can have, as the model's training data has them; the first is the one when nobody says."""

_NOT_PROVED: Final = frozenset(each.value for each in (ReviewReason.OTHER_SENDER, ReviewReason.NOT_AUTHENTICATED))
_TEST_SHARE: Final = 10
_SHOWN: Final = 2_000
_ONCE: Final = frozenset({"create_task", "create_lead", "enroll"})


def pair_problem(label: Label, intent: Intent | None, *, denied: bool = False, not_theirs: bool = False) -> str | None:
    """Why ``intent`` cannot be said of a reply of that label, or None.

    Args:
        label: the human's.
        intent: the human's, or None when only the label is said.
        denied: the human says as well that it is no opt-out.
        not_theirs: the human says that somebody else wrote it.
    """
    if not_theirs and (label is not Label.NEUTRAL or intent not in (None, Intent.OTHER)):
        return "what somebody else wrote says nothing about the person: give the label neutral, and no intent"
    if intent is not None and intent not in PAIRS[label]:
        return f"a {label} reply cannot have the intent {intent}; allowed are {', '.join(PAIRS[label])}"
    if denied and intent is Intent.OPT_OUT:
        return "it cannot be both an opt-out and not an opt-out; remove one of the two"
    return None


def intent_for(label: Label, said: str | None, *, opt_out: bool, denied: bool = False) -> Intent | None:
    """The intent of a reply of which a human said the label only; None: the human must say it.

    Args:
        label: the human's.
        said: the model's intent, or None. It counts when it fits the label.
        opt_out: the reply was taken for an opt-out and obeyed. Else the intent ``opt_out`` is never taken from the
            model, as it was merely the likeliest of many and would suppress the person; nor is another one guessed,
            which would write to somebody who may have asked for the opposite.
        denied: the human says that it is no opt-out.
    """
    known = next((intent for intent in PAIRS[label] if intent == said), None)
    if known is Intent.OPT_OUT and not opt_out and not denied:
        return None
    if known is None or (known is Intent.OPT_OUT and denied):
        return PAIRS[label][0]
    return known


def opt_out_said(intent: Intent, before: bool | None, *, denied: bool) -> bool | None:
    """What people have said of the wish not to be contacted: it is there, it is denied, or None, nothing.

    Another intent alone denies nothing: who writes "wrong person, remove me" is a wrong person and wants to be removed.

    Args:
        intent: that the newest review names.
        before: what was said by then.
        denied: the newest review says that it is no opt-out.
    """
    if intent is Intent.OPT_OUT:
        return True
    return False if denied else before


@dataclass(frozen=True)
class Done:
    """A follow-up that was done about the same reply before.

    Attributes:
        arguments: as they are stored.
        under: reason of the verdict that it was done for.
    """

    arguments: Mapping[str, Any]
    under: str | None


def left_to_do(
    wanted: Sequence[FollowUp], reason: str, before: str | None, done: Iterable[Done]
) -> tuple[tuple[int, FollowUp], ...]:
    """What a new verdict on the same reply still asks for, with the position of each in ``wanted``.

    A verdict that stands already asks for nothing. A task, a lead and another sequence are made once for a reply,
    whatever led to them; a recruiter is told once of each verdict. What sets a state (a field, a list) and what tells
    another system is done for each change of the verdict, so that the last word is the one that stays.

    Args:
        wanted: follow-ups of the verdict, in order.
        reason: of the verdict.
        before: reason of the verdict that stood so far, or None.
        done: earlier follow-ups about this reply.
    """
    if before == reason:
        return ()
    known = list(done)
    left = []
    for position, item in enumerate(wanted):
        same = [each for each in known if each.arguments == item.model_dump(mode="json")]
        told = item.kind == "notify" and any(each.under == reason for each in same)
        if not told and not (item.kind in _ONCE and same):
            left.append((position, item))
    return tuple(left)


@dataclass(frozen=True)
class ReplyToReview:
    """A reply that a person must read.

    Attributes:
        reaction: its id.
        text: what was scored.
        channel: it came on.
        label: the model's, or None when it gave no answer.
        intent: the model's.
        confidence: of the label, 0 to 1.
        reasons: why it is held.
        asks: it asks not to be contacted, and it is not proved to be the person's: nothing is sent meanwhile.
    """

    reaction: str
    text: str
    channel: str | None
    label: str | None
    intent: str | None
    confidence: float | None
    reasons: Sequence[str]
    asks: bool = False


def reading(reply: ReplyToReview) -> str:
    """What a recruiter needs to judge a held reply. Plain words that hold a stranger's text: never a template."""
    thought = "nothing: it gave no answer"
    if reply.label is not None:
        thought = f"{reply.label}, {reply.intent}, confidence {reply.confidence or 0.0:.2f}"
    why = f"\nWhy it needs review: {', '.join(reply.reasons)}." if reply.reasons else ""
    wrote = f"They wrote by {CHANNELS.get(reply.channel or EMAIL.name, EMAIL).label}:\n\n{_quoted(reply.text)}\n\n"
    if not _NOT_PROVED.isdisjoint(reply.reasons) or reply.asks:
        stands = "Nothing is sent to this person until you decide." if reply.asks else "The run waits until you decide."
        return (
            f"{wrote}It is not proved that the person wrote this. {stands}\n"
            f"The model says {thought}.{why}\n"
            f"If they wrote it: relance review set {reply.reaction} --label positive|negative|neutral\n"
            f"If they opt out: relance review set {reply.reaction} --label negative --intent opt_out\n"
            f"If somebody else wrote it: relance review set {reply.reaction} --label neutral --not-theirs"
        )
    return (
        f"{wrote}The model says {thought}.{why}\n"
        f"To review it: relance review set {reply.reaction} --label positive|negative|neutral\n"
        f"If they opt out: relance review set {reply.reaction} --label negative --intent opt_out"
    )


def farewell(run: str, text: str) -> str:
    """What a recruiter needs when an automatic answer says that somebody is gone; never a template, as ``reading``.

    Args:
        run: id of the run that waits.
        text: what came back; a long one is cut.
    """
    return (
        f"An automatic answer came:\n\n{_quoted(text)}\n\nNothing is sent until you decide.\n"
        f"With the new address in the CRM: relance resume {run}\nIf there is none: relance stop {run}"
    )


def _quoted(text: str) -> str:
    shown = text.strip()
    cut = f"\n[{number_of(len(shown) - _SHOWN, 'more character')}]" if len(shown) > _SHOWN else ""
    return ("\n".join(f"> {line}".rstrip() for line in shown[:_SHOWN].splitlines()) or "> (no words)") + cut


def split_of(text: str) -> Literal["train", "test"]:
    """The part of training data that a reply belongs to: a tenth is ``test``. The same words are always in the same."""
    digest = hashlib.sha256(" ".join(text.lower().split()).encode()).digest()
    return "test" if int.from_bytes(digest[:8], "big") % _TEST_SHARE == 0 else "train"
