"""The forecast of a run as plain values, ready for JSON: what ``relance forecast --json`` prints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sequences.planning.base_instant import as_utc
from sequences.planning.values import StepPlan


def as_json(planned: StepPlan) -> dict[str, object]:
    """Return one step's plan as plain values.

    Keys: ``step``; ``due_at`` (UTC, ISO 8601 with Z) and ``local`` (the same with the zone's offset), both None when
    skipped; ``timezone`` and ``timezone_source``; ``moved_by``, a list; ``skipped``, a reason or None.
    """
    return {
        "step": planned.step,
        "due_at": None if planned.due_at is None else iso_utc(planned.due_at),
        "local": None if planned.local is None else planned.local.isoformat(),
        "timezone": planned.timezone,
        "timezone_source": planned.timezone_source,
        "moved_by": list(planned.moved_by),
        "skipped": planned.skipped,
    }


def iso_utc(instant: datetime) -> str:
    """Return an aware instant as ISO 8601 in UTC with ``Z``."""
    return as_utc(instant).replace(tzinfo=None).isoformat() + "Z"


def unknown_zones(plans: Iterable[StepPlan]) -> tuple[str, ...]:
    """Return the zone names that were passed over because no such zone exists, each once: to be reported."""
    return tuple(dict.fromkeys(name for planned in plans for name in planned.unknown_zones))
