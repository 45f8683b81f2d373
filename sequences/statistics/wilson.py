"""How sure a rate is: the Wilson score interval, and when there are too few people to say anything.

E. B. Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*, Journal of the American
Statistical Association 22 (1927), 209-212. Unlike the textbook interval it stays within 0 and 1 and holds for few
people and for rates near 0: A. Agresti, B. A. Coull, *Approximate Is Better than "Exact"*, The American Statistician 52
(1998), 119-126.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LEAST: Final = 30
"""Under so many people a rate is no ground for a decision, and is not shown as a percentage."""
Z_95: Final = 1.959963984540054
"""Of the normal distribution, for 95 %, both sides."""


@dataclass(frozen=True)
class Rate:
    """A share of people with its 95 % interval. Its fields in this order are the JSON of a rate.

    Attributes:
        count: those of whom it is true.
        of: those of whom it could be true.
        share: ``count / of``.
        low: lower end of the interval.
        high: upper end of the interval.
        enough: whether ``of`` is at least ``LEAST``.
    """

    count: int
    of: int
    share: float
    low: float
    high: float
    enough: bool


@lru_cache(maxsize=100_000)
def rate(count: int, of: int) -> Rate | None:
    """The rate with its interval; None of nobody.

    Raises:
        ValueError: more of whom it is true than of whom it could be.
    """
    if not 0 <= count <= max(of, 0):
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return None
    low, high = interval(count, of)
    return Rate(count, of, count / of, low, high, enough=of >= LEAST)


def interval(count: int, of: int) -> tuple[float, float]:
    """The Wilson score interval at 95 %.

    >>> tuple(round(end, 4) for end in interval(10, 100))
    (0.0552, 0.1744)
    """
    share, square = count / of, Z_95 * Z_95
    middle = share + square / (2 * of)
    half = Z_95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    # At the ends only rounding is between the bound and 0 or 1.
    low = 0.0 if count == 0 else (middle - half) / whole
    high = 1.0 if count == of else (middle + half) / whole
    return max(0.0, low), min(1.0, high)
