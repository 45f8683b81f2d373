"""Plays broken inputs, and says of each crash how to have it again: its kind, its seed and the smallest input."""

from __future__ import annotations

import random
import time
import traceback
from dataclasses import dataclass, field

from benchmarks.fuzz.breaking import smallest
from benchmarks.fuzz.kinds import KINDS, Kind

LONGEST = 12.0
"""Seconds of processor time for one input; what grows with the square of its size takes minutes."""


@dataclass
class Played:
    """What became of the inputs of one kind.

    Attributes:
        number: how many there were.
        slowest: seconds of processor time of the slowest.
        seconds: of all of them.
        crashes: a description of each place where one crashed, once.
    """

    number: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    crashes: dict[str, str] = field(default_factory=dict)


def play(name: str, number: int, seed: str, first: int = 0) -> Played:
    """Plays ``number`` inputs of a kind.

    Args:
        name: of the kind.
        number: how many.
        seed: where the dice begin. The same seed makes the same inputs.
        first: the number of the first one.
    """
    kind, played = KINDS[name], Played()
    for at in range(first, first + number):
        raw = kind.broken(random.Random(f"{seed}:{name}:{at}"))
        began = time.process_time()
        place = _crash(kind, raw)
        took = time.process_time() - began
        played.number += 1
        played.seconds += took
        played.slowest = max(played.slowest, took)
        if not place and took > LONGEST:
            place = f"{took:.1f} s of processor time"
        if place and place not in played.crashes:
            left = smallest(raw, lambda shorter, place=place: _crash(kind, shorter) == place)  # type: ignore[misc]
            played.crashes[place] = f"{name}, seed {seed}, number {at}: {place}\n  {left[:2_000]!r}"
    return played


def _crash(kind: Kind, raw: bytes) -> str:
    """Type and place of what reading raised; empty: it was read, or refused as it should be."""
    try:
        kind.check(raw)
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        own = [
            frame for frame in frames if "site-packages" not in frame.filename and "/lib/python" not in frame.filename
        ]
        last = (own or frames)[-1]
        return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"
    return ""
