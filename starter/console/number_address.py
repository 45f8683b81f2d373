"""Where the people behind a number are: every number of a page leads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from services.console.counted_people import NO_OWNER

if TYPE_CHECKING:
    from services.reading.statistics import StatisticsRow


@dataclass(frozen=True)
class NumberAddress:
    """The addresses behind the numbers of one page.

    Attributes:
        base: path of the console.
        since: the filter of the page, as its address has it.
        owner: likewise.
        by_owner: each row is of one owner.
    """

    base: str
    since: str = ""
    owner: str = ""
    by_owner: bool = False

    def __call__(self, row: StatisticsRow, measure: str) -> str:
        """Where those are whom this column of the row counts."""
        query = {
            "outcome": measure,
            "version": row.version,
            "step": row.step,
            "variant": row.variant,
            "owner": (row.owner or NO_OWNER) if self.by_owner else self.owner,
            "since": self.since,
            "week": row.week,
        }
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{self.base}/sequences/{row.sequence}/people?{urlencode(given)}"
