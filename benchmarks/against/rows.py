"""The rows of the table, and the sequences behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.published import by_rule

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Row:
    """What is measured.

    Attributes:
        aim: what issue 14 asks for, in words; of the ratio, or of the figure now.
    """

    key: str
    title: str
    unit: str
    aim: str = ""


@dataclass(frozen=True)
class Measured:
    """One value of one row.

    Attributes:
        parts: what it consists of, by name.
    """

    key: str
    value: float
    parts: Mapping[str, float] = field(default_factory=dict)


ROWS = (
    Row("match_cpu", "processor time of a rule match until its run sleeps", "ms", "ratio <= 0.30"),
    Row("begun_ratio", "runs begun by rule a second, to bare start and timer", "ratio", "now >= 0.70"),
    Row("begun_rate", "runs begun by rule", "runs/s"),
    Row("change_cpu", "processor time of a change that no rule reads", "ms"),
    Row("change_bytes", "Postgres, by a change that no rule reads", "bytes"),
    Row("match_bytes", "Postgres, by a rule match", "bytes"),
    Row("manual_cpu", "processor time of a manual enrollment until its run sleeps", "ms", "ratio <= 0.45"),
    Row("earlier_cpu", "processor time of a day zero moved earlier, run cached", "ms", "ratio <= 0.40"),
    Row("later_cpu", "processor time of a day zero moved later, run cached", "ms", "ratio <= 0.40"),
    Row("earlier_uncached", "worker's time of a day zero moved earlier, run not cached", "ms", "ratio <= 0.15"),
    Row("later_uncached", "worker's time of a day zero moved later, run not cached", "ms", "ratio <= 0.15"),
    Row("silent_ratio", "silent three-step run, runs a second, to bare Temporal as 0.1", "ratio", "now >= 0.80"),
    Row("silent_eager_ratio", "the same, to bare Temporal without sandbox and with eager activities", "ratio"),
    Row("silent_rate", "silent three-step runs", "runs/s"),
    Row("silent_cpu", "processor time of a silent three-step run", "ms"),
    Row("silent_bytes", "Postgres, by a silent three-step run", "bytes"),
    Row("transitions_asleep", "state transitions of a run by rule until it sleeps", "", "now <= 4"),
    Row("transitions_whole", "state transitions of a whole three-step run by rule", ""),
    Row("actions_whole", "actions of a whole three-step run by rule", "", "now <= 11"),
    Row("events_whole", "history events of a whole three-step run by rule", ""),
    Row("history_bytes", "histories of a whole three-step run by rule", "bytes"),
    Row("hook_p95", "hook answered to run begun, p95", "s", "now < 1 (20 a second, 2 minutes)"),
    Row("hook_p50", "hook answered to run begun, p50", "s"),
    Row("reactions_one", "reactions delivered a second, one serve", "1/s", "now >= 500"),
    Row("reactions_two", "reactions delivered a second, two serves", "1/s", "now >= 900"),
    Row("moves_seconds", "moved day zeros planned again, all of them", "s", "now < 60 (10,000: --sleeping 10000)"),
    Row(
        "worker_memory", "worker memory while the runs sleep", "MB", "now < 400, flat (100,000: benchmarks.many_asleep)"
    ),
    Row("worker_memory_again", "the same after a restart of the worker", "MB"),
    Row("worker_ready", "worker from start to ready, the runs asleep", "s", "now < 10"),
)

BY_RULE = by_rule("bench-rule")
HOOKED = by_rule("bench-hook", "Hooked")
WHOLE = """
sequence: bench-whole
name: A whole run by rule
record: person
frequency_cap: exempt
reaction_period: 0 days
steps:
  - {id: one, when: 1 minute after enrollment, email: bench/hello}
  - {id: two, when: 1 minute after one, email: bench/hello}
  - {id: three, when: 1 minute after two, email: bench/hello}
auto_enroll:
  real:
    person.status: [Whole]
  prevent_reenrollment_within: 30 days
  hold_above: 1000000
"""
