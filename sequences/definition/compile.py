"""A sequence in the values that the planner, the sender and the reaction handler work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sequences.channels import CHANNELS, legal_hours
from sequences.definition.clock_text import join_ranges, parse_clock, parse_range, parse_texting_hours
from sequences.definition.durations import Duration, DurationUnit, parse_duration
from sequences.definition.model import SequenceDefinition
from sequences.definition.policies import Policy, policy_for
from sequences.definition.steps import ANY_TIME, ScheduleBlock, Step
from sequences.definition.when_text import parse_when
from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.values import IfPast, Immediately, Schedule, StepTiming

__all__ = [
    "FrequencyLimit",
    "Policy",
    "frequency_limits",
    "policy_for",
    "reaction_period",
    "reenrollment_window",
    "schedule_of",
    "step_timings",
]


@dataclass(frozen=True, slots=True)
class FrequencyLimit:
    """At most ``count`` messages in any span of ``period``."""

    count: int
    period: Duration


def step_timings(sequence: SequenceDefinition) -> tuple[StepTiming, ...]:
    """The timing of every step, in the order of the file, each with its own schedule over the sequence's."""
    return tuple(
        StepTiming(
            id=step.id,
            channel=step.channel,
            when=Immediately() if step.when is None else parse_when(step.when),
            at=None if step.at is None else parse_clock(step.at),
            schedule=schedule_of(sequence, step),
        )
        for step in sequence.steps
    )


def schedule_of(sequence: SequenceDefinition, step: Step) -> Schedule:
    """The schedule of a step: its own written keys over the sequence's. A key written as null has its default."""
    written = {**_written(sequence.schedule), **_written(step.schedule)}
    zone = written.get("timezone")
    window = written.get("window")
    hours = written.get("texting_hours")
    if_past = written.get("if_past")
    return Schedule(
        timezone=None if zone in {None, "recipient"} else zone,
        windows=() if window in {None, ANY_TIME} else join_ranges(parse_range(text) for text in window),
        weekdays_only=bool(written.get("weekdays_only")),
        holidays=written.get("holidays"),
        if_past=IfPast.SKIP if if_past is None else IfPast(if_past),
        texting_hours=(legal_hours(step.channel) or LEGAL_QUIET_FLOOR) if hours is None else parse_texting_hours(hours),
    )


def _written(block: ScheduleBlock | None) -> dict[str, Any]:
    return {} if block is None else {key: getattr(block, key) for key in block.model_fields_set}


def frequency_limits(sequence: SequenceDefinition) -> Mapping[str, FrequencyLimit]:
    """How many messages a person gets on each channel over all sequences; empty when the sequence is exempt."""
    cap = sequence.frequency_cap
    if isinstance(cap, str):
        return {}
    return {channel: _limit(cap.on(channel)) for channel in CHANNELS}


def _limit(text: str) -> FrequencyLimit:
    count, _, unit = text.split()
    return FrequencyLimit(int(count), Duration(1, DurationUnit(f"{unit}s")))


def reaction_period(sequence: SequenceDefinition) -> Duration:
    """How long the run stays open after its last step. May be zero."""
    return parse_duration(sequence.reaction_period, at_least=0)


def reenrollment_window(sequence: SequenceDefinition) -> Duration | None:
    """The re-enrollment window, or None: a record enters by rule once, ever."""
    within = sequence.auto_enroll.prevent_reenrollment_within if sequence.auto_enroll else None
    return None if within is None else parse_duration(within)
