"""What a sequence does about a reaction: its own rules first, the defaults where they are silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.follow_ups import CreateTask, FollowUp, Task
from sequences.definition.model import SequenceDefinition
from sequences.definition.reactions import ReactionKind, ReactionRule, Then, ThenKind, parse_then

STOP = Then(ThenKind.STOP)
CONTINUE = Then(ThenKind.CONTINUE)
UNTIL_RETURN = Then(ThenKind.PAUSE, Duration(7, DurationUnit.DAYS), until_return=True)

DEFAULT_THEN: Mapping[ReactionKind, Then] = MappingProxyType(
    {
        ReactionKind.OPENED: CONTINUE,
        ReactionKind.CLICKED: STOP,
        ReactionKind.REPLIED: STOP,
        ReactionKind.REPLIED_POSITIVE: STOP,
        ReactionKind.REPLIED_NEGATIVE: STOP,
        ReactionKind.REPLIED_NEUTRAL: STOP,
        ReactionKind.LIKED: CONTINUE,
        ReactionKind.DISLIKED: CONTINUE,
        ReactionKind.OUT_OF_OFFICE: UNTIL_RETURN,
        ReactionKind.BOUNCED: STOP,
        ReactionKind.UNSUBSCRIBED: STOP,
        ReactionKind.COMPLAINED: STOP,
        ReactionKind.FIELD_CHANGED: CONTINUE,
        ReactionKind.FORM_SUBMITTED: STOP,
        ReactionKind.MEETING_BOOKED: STOP,
        # The run is over by then, as a rule; one that the booking did not stop goes on.
        ReactionKind.MEETING_CANCELLED: CONTINUE,
        ReactionKind.FINISHED: CONTINUE,
    }
)
SUPPRESSES: Mapping[ReactionKind, Literal["channel", "all"]] = MappingProxyType(
    {
        ReactionKind.BOUNCED: "channel",
        ReactionKind.UNSUBSCRIBED: "channel",
        ReactionKind.COMPLAINED: "all",
    }
)
"""What is suppressed, whatever the sequence says: the law decides this, not the author."""

READ_IT = CreateTask(create_task=Task(title="Read the reply of {{ person.full_name }}", due="1 day"))
"""The task that a reply of unsure sentiment makes. What it says besides is written when it is made, since it holds the
words of a stranger, which are no template (``sequences.reactions.reviews.reading``)."""

CONFIRM_IT = CreateTask(create_task=Task(title="Confirm the opt-out of {{ person.full_name }}", due="1 day"))
"""The task of a wish not to be contacted of which it is not proved whose it is; described as that of ``READ_IT``."""

FIND_THEM = CreateTask(create_task=Task(title="{{ person.full_name }} is no longer there", due="1 day"))
"""The task of an automatic answer that says that its person has left, or that nobody reads the address any more. Its
description holds the words of that answer (``sequences.reactions.reviews.farewell``)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done about one reaction.

    Attributes:
        do: follow-ups, in order.
        then: whether the run goes on.
        suppress: ``channel`` for the channel that the reaction came on, ``all`` for every channel, or None.
        rule: the ``on:`` of the rule that matched, or ``default``.
    """

    kind: ReactionKind
    do: tuple[FollowUp, ...]
    then: Then
    suppress: Literal["channel", "all"] | None = None
    rule: str = "default"


def policy_for(
    sequence: SequenceDefinition,
    kind: ReactionKind | str,
    *,
    field: str | None = None,
    form: str | None = None,
    low_confidence: bool = False,
) -> Policy:
    """The policy of a sequence for one reaction. The most specific rule counts, wherever it stands in the file.

    A rule without ``then`` leaves the default of the reaction. Bounced means for good: a delay is no reaction.

    Args:
        sequence: the version that the run is pinned to.
        kind: what came back. An explicit wish not to be contacted is ``unsubscribed``.
        field: the field that changed, for ``field_changed``.
        form: the form, for ``form_submitted``.
        low_confidence: the sentiment of a reply is not sure. Then rules for a sentiment do not count, the rule for
            ``replied`` does, and in any case a person gets the task to read the reply.

    Raises:
        ValueError: there is no such reaction.
    """
    exact = ReactionKind(kind)
    unsure = low_confidence and exact.value.startswith(ReactionKind.REPLIED.value)
    asked = ReactionKind.REPLIED if unsure else exact
    rule = next(_matching(sequence.reactions, asked, field, form), None)
    default = DEFAULT_THEN[exact]
    do = rule.do if rule else ()
    return Policy(
        kind=exact,
        do=(*do, READ_IT) if unsure else do,
        then=parse_then(rule.then) if rule and rule.then is not None else default,
        suppress=SUPPRESSES.get(exact),
        rule=rule.on.value if rule else "default",
    )


def _matching(
    rules: tuple[ReactionRule, ...], kind: ReactionKind, field: str | None, form: str | None
) -> Iterator[ReactionRule]:
    """Rules that apply, most specific first: the exact kind before its family, a named field or form before any."""
    for name in (kind.value, kind.value.partition(".")[0]):
        same = [rule for rule in rules if rule.on.value == name]
        yield from (r for r in same if _named(r) and r.field in {None, field} and r.form in {None, form})
        yield from (r for r in same if not _named(r))


def _named(rule: ReactionRule) -> bool:
    return rule.field is not None or rule.form is not None
