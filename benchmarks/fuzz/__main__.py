"""Broken input of every kind: ``python -m benchmarks.fuzz [--number N] [--seed S] [--kind K] [--json]``.

Samples of hooks, mails, YAML files, templates, forms and webhooks are broken at random: their bytes, their lines, and
the values of their JSON. What reads them runs as far as it gets without a server. A crash is printed with its seed and
its smallest input, and the status is 1; ``--kind K --seed S --first N --number 1`` plays one of them again.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys

from benchmarks.fuzz.kinds import KINDS
from benchmarks.fuzz.play import play
from benchmarks.report import Report


def main() -> int:
    """Prints how many were played, and what crashed."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    options.add_argument("--number", type=int, default=6_000, help="inputs of all kinds together")
    options.add_argument("--seed", default="1")
    options.add_argument("--first", type=int, default=0, help="number of the first input of each kind")
    options.add_argument("--kind", choices=sorted(KINDS), help="only this one")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    names = [chosen.kind] if chosen.kind else list(KINDS)
    # The library of forms writes a line for each that is none.
    logging.disable(logging.CRITICAL)
    report = Report(f"{chosen.number} broken inputs, seed {chosen.seed}")
    crashes: list[str] = []
    before = _most_memory()
    for name in names:
        played = play(name, -(-chosen.number // len(names)), chosen.seed, chosen.first)
        crashes += played.crashes.values()
        report.add(name, played.number, "inputs", f"{len(played.crashes)} kinds of crash")
        report.add(f"{name}, slowest", 1_000 * played.slowest, "ms", "processor time of one input")
        report.add(f"{name}, mean", 1_000 * played.seconds / played.number, "ms")
    report.add("memory", (_most_memory() - before) / 1024, "MB", "more at the most than before the first")
    report.show(as_json=chosen.json)
    for crash in crashes:
        print(crash, file=sys.stderr)  # noqa: T201
    return 1 if crashes else 0


def _most_memory() -> int:
    """Kilobytes that this process had at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
