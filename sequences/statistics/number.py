"""One number of the statistics, and who is behind it: the same count decides both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sequences.statistics.measures import Measure
from sequences.statistics.outcomes import CAME_BACK, FOLLOWS, LABELS, STATES, TURNS, Outcome, places_of

_OF_STATE: Final[Mapping[Measure, str]] = {measure: state for state, measure in STATES.items()}
UNTOLD: Final = frozenset({Measure.SENT, Measure.SENT_WITH_LINK, Measure.SENT_WITH_PIXEL, Measure.DELIVERED})
"""Facts of most runs: no index tells the runs that have them (``outcome_keys`` in Postgres leaves them out)."""


@dataclass(frozen=True)
class Number:
    """A column of a row of the statistics.

    Attributes:
        measure: the column.
        version: None: the sequence as a whole.
        step: empty: all of the version.
        variant: empty: all of the step.
    """

    measure: Measure
    version: int | None = None
    step: str = ""
    variant: str = ""

    def counts(self, runs: Iterable[Outcome]) -> bool:
        """Whether a person with these runs is one of those that it counts."""
        return any(
            self.measure in measures
            for place, measures in places_of(runs).items()
            if (place.version, place.step, place.variant) == (self.version, self.step, self.variant)
        )

    @property
    def state(self) -> str | None:
        """The state that a run must have for it; None: any."""
        return _OF_STATE.get(self.measure)

    @property
    def facts(self) -> frozenset[str]:
        """What must have happened in a run for it: one of these; empty: nothing."""
        if self.measure is Measure.ENTERED or self.measure in _OF_STATE:
            return frozenset(TURNS if self.step else ())
        return frozenset(_told_by(self.measure))

    def pattern(self) -> str | None:
        """A regular expression that is found in the facts of every run that it may count; None: in any.

        >>> Number(Measure.POSITIVE, 2, "introduce").pattern()
        '(^| )(replied_positive)[|]introduce[|]2[|]'
        """
        if not self.facts:
            return None
        words = "|".join(sorted(self.facts))
        what = f"(^| )({words})[|]"
        if self.version is None:
            return what
        place = f"{re.escape(self.step) if self.step else '[^| ]*'}[|]{self.version}[|]"
        place += f"{re.escape(self.variant)}(?![^ ])" if self.variant else ""
        # The state of a run is that of the last step that had its turn.
        last = f"(?!.* ({words})[|])" if self.measure in _OF_STATE and self.step else ""
        return what + place + last


def _told_by(measure: Measure) -> frozenset[Measure]:
    """The facts that make a measure true."""
    if measure is Measure.REPLIED:
        return LABELS
    if measure is Measure.DELIVERED:
        return frozenset({measure}).union(*(_told_by(each) for each in CAME_BACK))
    return frozenset({measure, *(each for each, of in FOLLOWS.items() if of is measure)})
