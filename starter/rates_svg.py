"""A chart of rates as SVG, made on the server: bars with their intervals, and every number as text beside its bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from sequences.statistics.measures import Measure

if TYPE_CHECKING:
    from sequences.statistics.wilson import Rate
    from services.reading.statistics import StatisticsRow

_LABELS: Final = 220
_BARS: Final = 320
_WORDS: Final = 220
_ROW: Final = 28
_HEAD: Final = 44


def rates_svg(rows: Sequence[StatisticsRow], title: str, measure: Measure = Measure.REPLIED) -> str:
    """The chart of one rate.

    It needs no colour to be read: the bar is the share, the line over it the interval, and the text says both. Its
    title and description are for those who hear it.

    Args:
        rows: one bar each.
        title: what it shows.
        measure: one of which there is a rate.
    """
    named = [(label(row), row.rates[measure.value]) for row in rows]
    most = max((rate.high for _, rate in named if rate is not None and rate.enough), default=1.0) or 1.0
    height = _HEAD + _ROW * max(1, len(named))
    heading = f"{title}: {measure.value.replace('_', ' ')}"
    words = "; ".join(f"{name}: {_words(rate)}" for name, rate in named) or "nothing yet"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="chart-title chart-description" '
        f'viewBox="0 0 {_LABELS + _BARS + _WORDS} {height}" font-family="system-ui, sans-serif" font-size="13" '
        f'fill="currentColor">',
        f'<title id="chart-title">{escape(heading)}</title>',
        f'<desc id="chart-description">{escape(words)}</desc>',
        f'<text x="0" y="20" font-weight="bold">{escape(heading)}</text>',
    ]
    if not named:
        lines.append(f'<text x="0" y="{_HEAD + 18}">nothing yet</text>')
    for number, (name, rate) in enumerate(named):
        lines += _bar(_HEAD + number * _ROW, name, rate, most)
    return "\n".join([*lines, "</svg>", ""])


def label(row: StatisticsRow) -> str:
    """What a row is about, in a few words: ``v2 introduce a``."""
    version = f"v{row.version}" if row.version is not None else ""
    parts = [version, row.step or "", row.variant or "", row.owner or "", row.week.isoformat() if row.week else ""]
    return " ".join(filter(None, parts)) or row.sequence


def _bar(top: int, name: str, rate: Rate | None, most: float) -> list[str]:
    middle = top + 14
    lines = [f'<text x="0" y="{middle + 5}">{escape(name)}</text>']
    if rate is not None and rate.enough:
        share, low, high = (_LABELS + _BARS * end / most for end in (rate.share, rate.low, rate.high))
        lines += [
            f'<rect x="{_LABELS}" y="{top + 4}" width="{share - _LABELS:.1f}" height="20" fill="#1b6ca8"/>',
            f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {top + 9}v10M{high:.1f} {top + 9}v10" '
            f'stroke="currentColor" stroke-width="2" fill="none"/>',
        ]
    return [*lines, f'<text x="{_LABELS + _BARS + 12}" y="{middle + 5}">{escape(_words(rate))}</text>']


def _words(rate: Rate | None) -> str:
    if rate is None:
        return "nothing yet"
    of = f"{rate.count} of {rate.of}"
    if not rate.enough:
        return f"{of}, too few for a rate"
    return f"{rate.share:.0%} ({100 * rate.low:.0f}-{100 * rate.high:.0f}), {of}"
