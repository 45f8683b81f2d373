"""The job that shows how far a scan of rules is. Temporal carries the scan out, whoever looks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.auto_enroll.messages import Origin
from sequences.errors import PermanentError
from sequences.number_words import number_of
from services.jobs.job import JobKind, JobOutcome, NewJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.auto_enroll.messages import ScanState
    from services.jobs.job import Job, JobProgress
    from services.operations.scan_orders import RuleOrders

_EVERY: Final = 2.0


def scanning(sequence: str, origin: Origin, key: str, user_id: str) -> NewJob:
    """What to ask for once a scan was started."""
    return NewJob(JobKind.SCAN, f"sequence:{sequence}", key, {"origin": origin.value}, user_id)


@dataclass(frozen=True)
class FollowScan:
    """``JobKind.SCAN``. The subject is the sequence; the request names who is looked for.

    Attributes:
        orders: Temporal.
        every: seconds between two looks.
    """

    orders: RuleOrders
    every: float = _EVERY

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Looks until the newest scan of the sequence is over. How many there are is not known before."""
        sequence = job.subject.removeprefix("sequence:")
        while True:
            state = await self.orders.scanned(sequence)
            progress.done = state.matched
            if state.done:
                return _ended(state, Origin(job.request["origin"]))
            await asyncio.sleep(self.every)


def _ended(state: ScanState, wanted: Origin) -> JobOutcome:
    counts = f"{state.enrolled} entered, {state.refused} refused, {state.matched} matched"
    if state.failed:
        raise PermanentError(f"it stopped early: {state.failed}. Until then {counts}")
    return JobOutcome(counts, tuple(_notes(state, wanted)))


def _notes(state: ScanState, wanted: Origin) -> Iterator[str]:
    if state.held:
        yield f"{number_of(state.held, 'awaits', 'await')} approval"
    if state.origin != wanted:
        yield f"another scan ({state.origin}) was already running; these are its results. Scan again"
