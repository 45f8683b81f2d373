"""What somebody should know when a run begins: steps that wait for a date, and a clock that is only a guess. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sequences.channels import legal_hours
from sequences.planning.first_message_hours import UNSOCIAL, unsocial_hour
from sequences.planning.values import NO_DAY_ZERO, StepTiming
from sequences.planning.zones import Found, recipient_zone

if TYPE_CHECKING:
    from sequences.planning.values import StepPlan
    from sequences.records.record_view import RecordView

NO_ZONE = "no_time_zone"
"""Reason: no time zone is known of the person, the phone number, the placement or the client."""


def guessed_zone(timings: Sequence[StepTiming], view: RecordView, now: datetime) -> Found | None:
    """The organisation's clock when a step is planned on it because nothing else is known, or None.

    A sequence with a zone of its own needs nobody's, except for texts: their hours are always the recipient's.
    """
    if all(each.schedule.timezone is not None and legal_hours(each.channel) is None for each in timings):
        return None
    found = recipient_zone(view.zones, now)
    return found if found.guessed else None


def zone_words(name: str, unknown: Sequence[str] = ()) -> str:
    """What to say of a clock that is only a guess.

    Args:
        name: of the organisation's zone.
        unknown: names that came first and are not time zones.
    """
    passed = ", ".join(each[:40] for each in unknown)
    because = f"; {passed} {'is not a time zone' if len(unknown) == 1 else 'are not time zones'}" if passed else ""
    return (
        f"planned in the time zone of the organisation ({name}), because the time zone of the person is "
        f"unknown{because}"
    )


def waiting_words(steps: Sequence[str], field: str | None) -> str:
    """What to say of steps that have no instant yet."""
    listed = steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])} and {steps[-1]}"
    return f"{listed} {'waits' if len(steps) == 1 else 'wait'} for {field or 'day zero'}"


def entry_warnings(
    timings: Sequence[StepTiming], plans: Sequence[StepPlan], view: RecordView, field: str | None, now: datetime
) -> Iterator[str]:
    """Warnings for the answer to an enrollment, each with its reason in front.

    Args:
        timings: of the sequence.
        plans: of the run that begins.
        view: of the record.
        field: the sequence's day zero.
        now: UTC.
    """
    odd = unsocial_hour(timings, plans)
    if odd is not None:
        yield f"{UNSOCIAL}: the first message goes at an unusual hour: {odd}"
    waiting = [each.step for each in plans if each.waits]
    if waiting:
        yield f"{NO_DAY_ZERO}: {waiting_words(waiting, field)}"
    found = guessed_zone(timings, view, now)
    if found is not None:
        yield f"{NO_ZONE}: {zone_words(found.name, found.unknown)}"
