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
from services.enrolling.eligibility import Eligibility

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.postgres.database import Database
    from adapters.postgres.records import Records
    from adapters.postgres.rules.evaluator import Rules
    from services.enrolling.preflight import Preflight
    from services.enrolling.window_ledger import WindowLedger
    from services.enrolling.window_starter import WindowStarter
    from services.records.record_changes import RecordChanges


@dataclass(frozen=True)
class AutoEnrollment:
    """What the watcher and the scans call."""

    entering: Entering
    watching: Watching
    scanning: Scanning


def auto_enrollment(
    database: Database,
    records: Records,
    rules: Rules,
    changes: RecordChanges,
    ledger: WindowLedger,
    windows: WindowStarter,
    *,
    zone: ZoneInfo,
    phone_region: str,
    page: int = PAGE,
    preflight: Preflight | None = None,
) -> AutoEnrollment:
    """All of it.

    Args:
        database: Postgres.
        records: the mirror.
        rules: compiled with the organisation's catalogue.
        changes: tells open runs of direct SQL writes.
        ledger: of windows.
        windows: starts them.
        zone: the organisation's; its days are what ``max_per_day`` counts.
        phone_region: how numbers without country code are read.
        page: records a page of a scan.
        preflight: renders all messages before somebody enters; None: without the organisation's own fields.
    """
    queue = Queue(zone)
    eligibility = Eligibility(records, phone_region, preflight)
    again = Again(rules, eligibility)
    entering = Entering(rules, ledger, eligibility, queue)
    releasing = Releasing(database, rules, again, entering, queue)
    weighing = Weighing(rules, again, queue)
    return AutoEnrollment(
        entering,
        Watching(database, rules, changes, again, entering, releasing, weighing, windows),
        Scanning(database, rules, again, entering, queue, windows, page),
    )
