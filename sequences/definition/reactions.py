"""Reactions: what comes back, and the rules of a sequence about it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, WithJsonSchema

from sequences.author_messages import did_you_mean
from sequences.definition.durations import Duration, DurationUnit, parse_duration
from sequences.definition.follow_ups import FollowUp
from sequences.definition.scalar_types import DefinitionPart, Line, read_by
from sequences.errors import GrammarError


class ReactionKind(enum.StrEnum):
    """What can come back. A dot makes a kind more specific; a bounce is for good, a like a tap on one of our texts."""

    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    REPLIED_POSITIVE = "replied.positive"
    REPLIED_NEGATIVE = "replied.negative"
    REPLIED_NEUTRAL = "replied.neutral"
    LIKED = "liked"
    DISLIKED = "disliked"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    FIELD_CHANGED = "field_changed"
    FORM_SUBMITTED = "form_submitted"
    MEETING_BOOKED = "meeting_booked"
    MEETING_CANCELLED = "meeting_cancelled"
    FINISHED = "finished"


class ThenKind(enum.StrEnum):
    """Whether the run goes on."""

    STOP = "stop"
    CONTINUE = "continue"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Then:
    """What becomes of the run.

    Attributes:
        pause: how long, for ``PAUSE``.
        until_return: the return date in the text comes first, ``pause`` is for when there is none.
    """

    kind: ThenKind
    pause: Duration | None = None
    until_return: bool = False


THEN_PATTERN = r"^(stop|continue|pause [1-9]\d* (days?|weeks?))$"
THEN_ALLOWED = "`stop`, `continue` or `pause N days`"


def parse_then(text: str) -> Then:
    """Read ``stop``, ``continue``, ``pause 7 days`` or ``pause 2 weeks``.

    Raises:
        GrammarError: it is none of these.
    """
    words = text.strip().lower()
    if words in {"stop", "continue"}:
        return Then(ThenKind(words))
    match = re.fullmatch(r"pause\s+(.*)", words)
    if match is None:
        hint = did_you_mean(words, ["stop", "continue", "pause"])
        raise GrammarError(f"This does not say whether the run continues.{hint}", f'"{text}"', THEN_ALLOWED)
    try:
        pause = parse_duration(match[1])
    except GrammarError as error:
        raise GrammarError(error.message, f'"{text}"', THEN_ALLOWED) from error
    if pause.unit not in {DurationUnit.DAYS, DurationUnit.WEEKS}:
        raise GrammarError("A pause is counted in days or weeks.", f'"{text}"', THEN_ALLOWED)
    return Then(ThenKind.PAUSE, pause)


SAME_CLIENT_PATTERN = r"^(stop|go_on|pause [1-9]\d* (days?|weeks?))$"
SAME_CLIENT_ALLOWED = "`stop`, `pause N days` or `go_on`"


def parse_same_client(text: str) -> Then:
    """Read what a colleague's reply means: ``stop``, ``pause 14 days`` or ``go_on``.

    Raises:
        GrammarError: it is none of these.
    """
    words = text.strip().lower()
    if words == "go_on":
        return Then(ThenKind.CONTINUE)
    if words == "stop" or words.startswith("pause"):
        try:
            return parse_then(words)
        except GrammarError as error:
            raise GrammarError(error.message, error.found, SAME_CLIENT_ALLOWED) from error
    hint = did_you_mean(words, ["stop", "pause", "go_on"])
    raise GrammarError(f"This does not say what a colleague's reply means.{hint}", f'"{text}"', SAME_CLIENT_ALLOWED)


SameClientText = Annotated[
    str,
    read_by(parse_same_client),
    WithJsonSchema({"type": "string", "pattern": SAME_CLIENT_PATTERN, "examples": ["stop", "pause 14 days", "go_on"]}),
]


ThenText = Annotated[
    str,
    read_by(parse_then),
    WithJsonSchema({"type": "string", "pattern": THEN_PATTERN, "examples": ["stop", "continue", "pause 7 days"]}),
]


class ReactionRule(DefinitionPart):
    """One rule: when this comes back, do that, and then."""

    on: ReactionKind = Field(description="The reaction. `replied` covers every reply without a more specific rule.")
    field: Line | None = Field(default=None, description="For field_changed: only when this field changed.")
    form: Line | None = Field(default=None, description="For form_submitted: only this form.")
    do: tuple[FollowUp, ...] = Field(default=(), description="Follow-ups, in this order.")
    then: ThenText | None = Field(
        default=None, description="stop, continue or pause N days. Default: as usual for the reaction."
    )
