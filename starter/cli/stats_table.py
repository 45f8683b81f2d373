"""Statistics for people: a table or bars, with the definitions below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from sequences.statistics.measures import DEFINITIONS, Measure
from sequences.statistics.outcomes import By
from sequences.statistics.wilson import Rate
from starter.cli import output, tables
from starter.cli.tables import Whole
from starter.rates_svg import label
from starter.stats_csv import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.reading.statistics import Statistics, StatisticsRequest, StatisticsRow

_FAINT: Final = "bright_black"
_ALWAYS: Final = (
    Measure.ENTERED,
    Measure.SENT,
    Measure.REPLIED,
    Measure.OPTED_OUT,
    Measure.FINISHED,
    Measure.IN_IT_NOW,
)
"""Columns of every table; the others are there where they count anybody."""
_NEVER: Final = frozenset({Measure.SENT_WITH_LINK, Measure.SENT_WITH_PIXEL})
_DRAWN: Final = (
    *(Measure.REPLIED, Measure.POSITIVE, Measure.NEGATIVE, Measure.CLICKED, Measure.OPENED),
    *(Measure.BOUNCED, Measure.OPTED_OUT),
)
_BAR: Final = 30


def title(asked: StatisticsRequest) -> str:
    """What is shown: ``new-services by step, entered since 2027-05-04``."""
    parts = [f"{asked.sequence or 'all sequences'} by {asked.by.value}"]
    if asked.version is not None:
        parts.append(f"version {asked.version}")
    if asked.owner is not None:
        parts.append(f"owner {asked.owner}")
    if asked.since is not None:
        parts.append(f"entered since {asked.since:%Y-%m-%d %H:%M}Z")
    return ", ".join(parts)


def table(found: Statistics, heading: str, *, definitions: bool = True) -> None:
    """Prints the table, and what its columns mean."""
    if _said_nothing_yet(found):
        return
    measures = [measure for measure in Measure if measure not in _NEVER and _shown(found, measure)]
    tables.table(
        heading,
        (*PLACES, *(_name(measure) for measure in measures)),
        ((*_place(found.by, row), *(_cell(row, measure) for measure in measures)) for row in found.rows),
    )
    if definitions:
        _footer(found, measures)


def plot(found: Statistics, heading: str) -> None:
    """Prints a bar for each rate: filled up to the share, shaded up to the upper end of its interval."""
    if _said_nothing_yet(found):
        return
    output.console().print(output.safe(heading, "bold"), soft_wrap=True)
    drawn = [measure for measure in _DRAWN if measure is Measure.REPLIED or _shown(found, measure)]
    labels = [label(row) for row in found.rows]
    room = max(map(cell_len, labels))
    for measure in drawn:
        output.say(f"{_name(measure)}, of {_name(DEFINITIONS[measure].of or Measure.SENT)}")
        rates = [row.rates[measure.value] for row in found.rows]
        most = max((each.high for each in rates if each is not None and each.enough), default=0.0) or 1.0
        for name, each in zip(labels, rates, strict=True):
            line = output.safe("  " + name.ljust(room) + "  ") + _bar(each, most) + output.safe(f"  {_words(each)}")
            output.console().print(line, soft_wrap=True)
    _footer(found, drawn)


def _said_nothing_yet(found: Statistics) -> bool:
    if found.rows:
        return False
    output.say("nothing yet: no person has entered; `relance enroll SEQUENCE PERSON` enrolls one", style=_FAINT)
    return True


def _shown(found: Statistics, measure: Measure) -> bool:
    return measure in _ALWAYS or any(row.people[measure.value] for row in found.rows)


def _name(measure: Measure) -> str:
    return measure.value.removeprefix("replied_").replace("_", " ")


def _place(by: By, row: StatisticsRow) -> Iterator[object]:
    yield Whole(row.sequence)
    yield f"v{row.version}" if row.version is not None else ("all" if by in (By.VERSION, By.STEP, By.VARIANT) else None)
    yield Whole(row.step) if row.step else ("all" if by in (By.STEP, By.VARIANT) else None)
    yield row.variant
    yield row.owner or ("no owner" if by is By.OWNER else None)
    yield Whole(row.week.isoformat()) if row.week else None


def _cell(row: StatisticsRow, measure: Measure) -> object:
    number = row.people[measure.value]
    each = row.rates.get(measure.value)
    if each is None or not each.enough or not number:
        return number
    return f"{number} {_share(each)}"


def _share(each: Rate) -> str:
    return f"{each.share:.0%} ({100 * each.low:.0f}-{100 * each.high:.0f})"


def _words(each: Rate | None) -> str:
    if each is None:
        return "nothing yet"
    of = f"{each.count} of {each.of}"
    return f"{_share(each)} {of}" if each.enough else f"{of}, too few for a rate"


def _bar(each: Rate | None, most: float) -> Text:
    if each is None or not each.enough:
        return Text(" " * _BAR)
    full, shaded = round(_BAR * each.share / most), round(_BAR * each.high / most)
    return Text("█" * full + "░" * (shaded - full), "cyan") + Text(" " * (_BAR - max(full, shaded)))


def _footer(found: Statistics, measures: list[Measure]) -> None:
    output.say("")
    for measure in measures:
        meaning = DEFINITIONS[measure]
        of = f"; the rate is of {_name(meaning.of)}" if meaning.of not in (None, Measure.SENT) else ""
        output.say(f"{_name(measure)}: {meaning.words}{of}", style=_FAINT)
    for rule in found.rules:
        output.say(rule, style=_FAINT)
