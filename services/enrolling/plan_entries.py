"""Plans the runs of those who enter, in the transaction that lets them in: a run's workflow starts with its first due.

Whoever changes one of their records meanwhile waits for the end of that transaction, and then finds the run and tells
it. A record that is being changed at this very moment is not waited for: its run is planned by its own workflow.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.enrolling.warnings import NO_ZONE, guessed_zone
from sequences.errors import PermanentError
from sequences.planning.values import RunFacts
from sequences.planning.whole_plan import first_plan
from sequences.reactions.verdict import recipient_gone, stop_reason
from services.runs.planning import waiting_event
from services.runs.step_rows import step_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from sequences.planning.whole_plan import WholePlan
    from sequences.records.record_view import RecordView

_AT_ONCE = 1000
_log = logging.getLogger("relance.enrolling")


async def plan_entries(
    connection: Connection, records: Records, version: Version, entries: Mapping[str, tuple[str, str]], now: datetime
) -> None:
    """Writes the steps of runs that begin now.

    Args:
        connection: in the transaction that lets them in.
        records: the mirror.
        version: that they enter.
        entries: enrollment to its record and person; their rows exist.
        now: when they entered; UTC.
    """
    # Postgres has room for some thousand locks; the runs of an even larger batch are planned by their workflows.
    entries = dict(islice(entries.items(), _AT_ONCE))
    views = await records.shared_views(connection, version.definition.record, dict(entries.values()))
    found = {enrollment: view for enrollment, (record, _) in entries.items() if (view := views.get(record)) is not None}
    await plan_shared(connection, version, found, now)


async def plan_shared(connection: Connection, version: Version, views: Mapping[str, RecordView], now: datetime) -> None:
    """The same, of views that ``Records.shared_views`` gave to this transaction.

    Args:
        connection: in the transaction that lets them in.
        version: that they enter.
        views: enrollment to the view of its record.
        now: when they entered; UTC.
    """
    steps: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for enrollment, view in views.items():
        of_run, noted = planned_rows(version, enrollment, view, now)
        steps += of_run
        events += [{"enrollment_id": enrollment} | event for event in noted]
    if steps:
        await queries.write_steps(connection, steps=steps)
    if events:
        await queries.add_run_events(connection, events=events, at=now)


def planned_rows(
    version: Version, enrollment: str, view: RecordView, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The steps of a run that begins now, and lines in its story; neither when its workflow has to plan it."""
    planned = _plan(version, view, now)
    if planned is None:
        return [], []
    noted = (guess_event(version, view, now), waiting_event(planned, version.definition.day_zero, now))
    steps = list(step_rows(enrollment, version.timings, planned, now))
    return steps, [event for event in noted if event is not None]


def guess_event(version: Version, view: RecordView, now: datetime) -> dict[str, Any] | None:
    """The line in the story of a run that is planned on the organisation's clock for want of another, or None."""
    found = guessed_zone(version.timings, view, now)
    if found is None:
        return None
    return {"kind": NO_ZONE, "detail": {"timezone": found.name, "unknown": list(found.unknown)}, "key": NO_ZONE}


def _plan(version: Version, view: RecordView, now: datetime) -> WholePlan | None:
    """None: its workflow finds out what is wrong, and ends the run with the reason."""
    if recipient_gone(view) or stop_reason(version.definition.stop_when, view):
        return None
    try:
        day_zero = view.day_zero(version.definition.day_zero)
        return first_plan(version.timings, RunFacts(now, day_zero, view.zones, closed=view.closed_days))
    except PermanentError as error:
        _log.error("%s cannot be planned: %s", version.sequence, type(error).__name__)
        return None
