"""The activities of orders about all runs of one sequence or one owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.names import BEGIN_BULK, CONTROL_PAGE, RELEASE_HOLD
from sequences.runs.bulk import BulkBegun, BulkCall, BulkPage

if TYPE_CHECKING:
    from services.operations.bulk_pages import BulkPages


class BulkActivities:
    """What ``BulkControlWorkflow`` calls."""

    def __init__(self, pages: BulkPages) -> None:
        self._pages = pages

    @activity.defn(name=BEGIN_BULK)
    async def begin_bulk(self, call: BulkCall) -> BulkBegun:
        """Writes the hold of a pause, and counts the runs."""
        return await self._pages.begin(call)

    @activity.defn(name=CONTROL_PAGE)
    async def control_page(self, call: BulkCall) -> BulkPage:
        """Commands one page of runs, no faster than the rate."""
        return await self._pages.command_page(call)

    @activity.defn(name=RELEASE_HOLD)
    async def release_hold(self, call: BulkCall) -> int:
        """Ends the hold; returns how many runs are to be resumed."""
        return await self._pages.release(call)
