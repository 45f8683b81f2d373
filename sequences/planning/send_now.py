"""The timing of a step that a person wants sent now. Pure."""

from __future__ import annotations

from dataclasses import replace

from sequences.planning.values import Immediately, Schedule, StepTiming


def released(step: StepTiming) -> StepTiming:
    """The step freed from its ``when``, ``at``, windows, weekends and holidays: a person decided the time.

    The hours of texts stay, the narrower ones of a sequence too: they protect the recipient, and the law asks for them.
    """
    schedule = Schedule(timezone=step.schedule.timezone, texting_hours=step.schedule.texting_hours)
    return replace(step, when=Immediately(), at=None, schedule=schedule)
