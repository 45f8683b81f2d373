"""The sequences that several benchmarks publish."""

from __future__ import annotations

SLEEPING = """
sequence: bench-sleeping
name: Sleeping runs
record: placement
day_zero: placement.start_date
frequency_cap: exempt
schedule: {timezone: recipient, window: "08:00-18:00", weekdays_only: true, holidays: GB-ENG}
steps:
  - {id: before, when: 7 days before day zero, at: "09:00", email: bench/hello}
  - {id: on-the-day, when: on day zero, at: "09:00", email: bench/hello}
  - {id: after, when: 3 days after day zero, email: bench/hello}
"""
SILENT = """
sequence: bench-silent
name: Silent runs
record: person
frequency_cap: exempt
reaction_period: 0 days
steps:
  - {id: one, email: bench/hello}
  - {id: two, email: bench/hello}
  - {id: three, email: bench/hello}
"""
_BY_RULE = """
sequence: {name}
name: Started by rule
record: person
frequency_cap: exempt
steps:
  - {{id: one, when: 30 days after enrollment, email: bench/hello}}
auto_enroll:
  real:
    person.status: [{status}]
  prevent_reenrollment_within: 30 days
  hold_above: 1000000
"""


def by_rule(name: str, status: str = "Hot") -> str:
    """Enrolls everybody who has this status."""
    return _BY_RULE.format(name=name, status=status)
