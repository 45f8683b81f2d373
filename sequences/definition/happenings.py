"""What may have happened in a run, as a condition says it: ``clicked introduce``, ``not replied``."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from sequences.author_messages import did_you_mean, listed
from sequences.errors import GrammarError


class HappeningKind(enum.StrEnum):
    """What can be asked about. A dot makes a kind more specific."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    REPLIED_POSITIVE = "replied.positive"
    REPLIED_NEGATIVE = "replied.negative"
    REPLIED_NEUTRAL = "replied.neutral"
    LIKED = "liked"
    DISLIKED = "disliked"
    OUT_OF_OFFICE = "out_of_office"
    FORM_SUBMITTED = "form_submitted"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    DONE = "done"


_OF_A_STEP: Final = (HappeningKind.SENT, HappeningKind.DONE)
ALLOWED: Final = (
    f"{listed(list(HappeningKind))}, with or without a step behind it and `not` in front of it: `clicked introduce`, "
    "`not replied`"
)
PATTERN: Final = (
    r"^\s*(not\s+)?(sent|opened|clicked|replied(\.(positive|negative|neutral))?|liked|disliked|out_of_office"
    r"|form_submitted|meeting_booked|meeting_cancelled|done)(\s+[a-z0-9][a-z0-9-]{0,62})?\s*$"
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One question about a run.

    Attributes:
        step: about the message of this step; None: about any.
        denied: it must not have happened.
    """

    kind: HappeningKind
    step: str | None = None
    denied: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, ("not" if self.denied else "", self.kind.value, self.step)))


def parse_happening(text: str) -> Happening:
    """Read ``clicked``, ``opened introduce``, ``not replied`` and the like.

    Raises:
        GrammarError: it is none of these.
    """
    words = text.split()
    denied = bool(words) and words[0].lower() == "not"
    rest = words[1:] if denied else words
    if not rest or len(rest) > 2:
        raise GrammarError("These words do not say what happened.", f'"{text}"', ALLOWED)
    kind = rest[0].lower()
    if kind not in list(HappeningKind):
        hint = did_you_mean(kind, list(HappeningKind))
        raise GrammarError(f"`{rest[0]}` is nothing that happens in a run.{hint}", f'"{text}"', ALLOWED)
    step = rest[1] if len(rest) == 2 else None
    if step is None and kind in _OF_A_STEP:
        allowed = f"`{kind} STEP`, `not {kind} STEP`"
        raise GrammarError(f"Behind `{kind}` comes the step that was {kind}.", f'"{text}"', allowed)
    return Happening(HappeningKind(kind), step, denied)
