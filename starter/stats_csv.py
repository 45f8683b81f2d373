"""Statistics as a file for spreadsheets: a line for each row, with every count, and every rate with its interval."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sequences.statistics.measures import DEFINITIONS, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.statistics.wilson import Rate
    from services.reading.statistics import Statistics

PLACES: Final = ("sequence", "version", "step", "variant", "owner", "week")
"""What a row is about."""


def csv_rows(found: Statistics) -> Iterator[list[object]]:
    """A line of names, then one for each row: its place, its counts, and each rate with its interval."""
    rated = [measure.value for measure, meaning in DEFINITIONS.items() if meaning.of is not None]
    ends = [f"{name}_{end}" for name in rated for end in ("share", "low", "high")]
    yield [*PLACES, *(measure.value for measure in Measure), *ends]
    for row in found.rows:
        rates = [row.rates[name] for name in rated]
        shares = [round(end, 6) if each else "" for each in rates for end in _ends(each)]
        values = asdict(row)
        place = ["" if values[name] is None else values[name] for name in PLACES]
        yield [*place, *(row.people[measure.value] for measure in Measure), *shares]


def _ends(each: Rate | None) -> tuple[float, float, float]:
    return (each.share, each.low, each.high) if each else (0.0, 0.0, 0.0)
