"""Puts the rooms of auto-enrollment together, once for the worker, the benchmarks and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.auto_enroll.count_batch import Weighing
from services.auto_enroll.enter import Entering
from services.auto_enroll.look_again import Again
from services.auto_enroll.queue import Queue
from services.auto_enroll.release import Releasing
from services.auto_enroll.scan import PAGE, Scanning
from services.auto_enroll.watch import Watching

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Database
    from adapters.postgres.records import Records
    from adapters.postgres.rules.evaluator import Rules
    from services.enrolling.eligibility import Eligibility
    from services.records.record_changes import RecordChanges


@dataclass(frozen=True)
class AutoEnrollment:
    """What the watcher and the scans call."""

    entering: Entering
    watching: Watching
    scanning: Scanning


@dataclass(frozen=True, kw_only=True)
class RuleParts:
    """What auto-enrollment is made of.

    Attributes:
        database: Postgres.
        records: the mirror.
        rules: compiled with the organisation's catalogue.
        changes: tells open runs of direct SQL writes.
        eligibility: what forbids an entry.
        zone: the organisation's; its days are what ``max_per_day`` counts.
        page: records a page of a scan.
    """

    database: Database
    records: Records
    rules: Rules
    changes: RecordChanges
    eligibility: Eligibility
    zone: ZoneInfo
    page: int = PAGE


def auto_enrollment(parts: RuleParts) -> AutoEnrollment:
    """All of it."""
    database, rules = parts.database, parts.rules
    queue = Queue(parts.zone)
    again = Again(rules, parts.eligibility)
    entering = Entering(parts.records, rules, parts.eligibility, queue)
    watching = Watching(
        database=database,
        rules=rules,
        changes=parts.changes,
        again=again,
        entering=entering,
        releasing=Releasing(database, rules, again, entering, queue),
        weighing=Weighing(rules, again, queue),
    )
    scanning = Scanning(
        database=database,
        rules=rules,
        again=again,
        entering=entering,
        queue=queue,
        page=parts.page,
    )
    return AutoEnrollment(entering, watching, scanning)
