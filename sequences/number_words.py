"""A number of things as people read it: ``1 run``, ``2 runs``, ``1,200 people``."""

from __future__ import annotations


def number_of(number: int, one: str, many: str | None = None) -> str:
    """The number with the words that fit it.

    Args:
        number: how many.
        one: the words behind 1, such as ``run`` or ``run is stuck``.
        many: the words behind any other number; by default ``one`` with an ``s``.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
