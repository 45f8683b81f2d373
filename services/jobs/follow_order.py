"""The job that shows how far an order about all runs of a hold is. Temporal carries the order out, whoever looks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.errors import PermanentError
from sequences.number_words import number_of
from sequences.runs.bulk import BulkKind, HoldScope, Stage
from services.jobs.job import JobKind, JobOutcome, NewJob

if TYPE_CHECKING:
    from sequences.runs.bulk import BulkOrder, BulkState
    from services.jobs.job import Job, JobProgress
    from services.operations.bulk import BulkOrders

_EVERY: Final = 2.0


def following(scope: HoldScope, key: str, order: BulkOrder, user_id: str | None = None) -> NewJob:
    """What to ask for once an order was accepted."""
    kind = JobKind.PAUSE_RUNS if order.kind == BulkKind.PAUSE else JobKind.RESUME_RUNS
    request = {"scope": scope.value, "key": key, "order": order.id}
    return NewJob(kind, f"{scope}:{key}", order.id, request, user_id)


@dataclass(frozen=True)
class FollowOrder:
    """``JobKind.PAUSE_RUNS`` and ``RESUME_RUNS``. The request names scope, key and order.

    Attributes:
        orders: Temporal.
        every: seconds between two looks.
    """

    orders: BulkOrders
    every: float = _EVERY

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Looks until the order is carried out, or another one has replaced it."""
        scope, key, order = HoldScope(job.request["scope"]), job.request["key"], job.request["order"]
        while True:
            state = await self.orders.progress(scope, key)
            if state.order.id != order and (state.waiting is None or state.waiting.id != order):
                return JobOutcome("a newer order has replaced it")
            if state.order.id == order:
                progress.done, progress.total = state.done, state.done + state.left
                if state.stage == Stage.DONE:
                    return _ended(state)
            await asyncio.sleep(self.every)


def _ended(state: BulkState) -> JobOutcome:
    if state.failed:
        raise PermanentError(f"it stopped early: {state.failed}")
    word = "paused" if state.order.kind == BulkKind.PAUSE else "resumed"
    silent = (f"{number_of(state.left, 'run')} did not answer; ask again",) if state.left else ()
    return JobOutcome(f"{number_of(state.done, 'run')} {word}", silent)
