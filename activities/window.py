"""The end of a re-enrollment window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.auto_enroll.messages import WindowCall, WindowEnd
from sequences.names import END_WINDOW

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from services.enrolling.window_ledger import WindowLedger


class WindowActivities:
    """What the workflow of a window asks for."""

    def __init__(self, database: Database, ledger: WindowLedger) -> None:
        self._database = database
        self._ledger = ledger

    @activity.defn(name=END_WINDOW)
    async def end_window(self, call: WindowCall) -> WindowEnd:
        """Ends the window in the ledger, or says until when it lasts; the same call again gets the same answer."""
        async with self._database.transaction() as connection:
            return await self._ledger.end(connection, call.window, call.now, activity.info().workflow_id or "")
