"""The settings of one version of a sequence, as a page says them in words, and what has paused the sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.auto_enroll.conditions import in_words
from sequences.channels import CHANNELS

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version, Versions
    from sequences.definition.model import SequenceDefinition
    from sequences.definition.steps import ScheduleBlock

_PAUSES: Final = 20


@dataclass(frozen=True)
class SendingTimes:
    """When messages may go.

    Attributes:
        windows: such as ``09:00-17:00``; empty: the whole day.
        timezone: ``recipient``, or an IANA name.
        holidays: of a country, such as ``GB``; None: they do not count.
        texting_hours: narrower hours of text messages; None: those that always hold.
    """

    windows: tuple[str, ...]
    timezone: str
    weekdays_only: bool
    holidays: str | None
    texting_hours: str | None


@dataclass(frozen=True)
class StepTimes:
    """A step with times of its own, which lie over those of the sequence."""

    step: str
    times: SendingTimes


@dataclass(frozen=True)
class SequenceSettings:
    """What a version says beside its steps, reactions and rules.

    Attributes:
        caps: channel and its cap, such as ``1 a day``; empty: the sequence is exempt.
        steps: those with times of their own.
        stops: field and what it is to be, in words.
        replies: how they reach the owner; None: as the owner or the organisation set it.
        tracking: ``links | opens | none``.
    """

    version: int
    sender: str
    topic: str | None
    day_zero: str | None
    times: SendingTimes
    steps: tuple[StepTimes, ...]
    caps: tuple[tuple[str, str], ...]
    stops: tuple[tuple[str, str], ...]
    reaction_period: str
    on_resume: str
    same_client: str
    if_unknown: str
    if_undelivered: str
    replies: str | None
    tracking: str


@dataclass(frozen=True)
class SequencePause:
    """A hold of the sequence, past or on.

    Attributes:
        until: when it ends automatically; None: somebody ends it.
        ended_at: None: it is on.
    """

    reason: str
    since: datetime
    by: str | None
    until: datetime | None
    ended_at: datetime | None
    ended_by: str | None


async def sequence_settings(
    connection: Connection, versions: Versions, sequence: str, number: int | None = None
) -> SequenceSettings:
    """The settings of a version; None: of the newest.

    Raises:
        NotFoundError: there is no such version.
    """
    return settings_of(await versions.get(connection, sequence, number))


def settings_of(version: Version) -> SequenceSettings:
    """The same of a version that was read."""
    definition = version.definition
    return SequenceSettings(
        version=version.version,
        sender=definition.sender,
        topic=definition.topic,
        day_zero=definition.day_zero,
        times=_times(definition.schedule),
        steps=tuple(
            StepTimes(step.id, _times(definition.schedule, step.schedule))
            for step in definition.steps
            if step.schedule is not None
        ),
        caps=_caps(definition),
        stops=tuple((name, in_words(wanted)) for name, wanted in definition.stop_when.items()),
        reaction_period=definition.reaction_period,
        on_resume=definition.on_resume,
        same_client=definition.same_client,
        if_unknown=definition.if_unknown,
        if_undelivered=definition.if_undelivered,
        replies=definition.replies,
        tracking="opens" if definition.tracking == "opens" else "links" if definition.tracking else "none",
    )


async def sequence_pauses(connection: Connection, sequence: str) -> tuple[SequencePause, ...]:
    """When the sequence as a whole was paused, the newest first."""
    rows = await queries.console_holds_of_sequence(connection, sequence=sequence, limit=_PAUSES)
    return tuple(
        SequencePause(row.reason, row.since, row.asked_by, row.until, row.ended_at, row.ended_by) for row in rows
    )


def _times(*blocks: ScheduleBlock) -> SendingTimes:
    written: dict[str, object] = {}
    for block in blocks:
        written |= block.model_dump(mode="json")
    windows = written.get("window")
    return SendingTimes(
        windows=tuple(windows) if isinstance(windows, list | tuple) else (),
        timezone=str(written.get("timezone") or "recipient"),
        weekdays_only=bool(written.get("weekdays_only")),
        holidays=_text(written.get("holidays")),
        texting_hours=_text(written.get("texting_hours")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _caps(definition: SequenceDefinition) -> tuple[tuple[str, str], ...]:
    cap = definition.frequency_cap
    return () if cap == "exempt" else tuple((channel, str(cap.on(channel))) for channel in CHANNELS)
