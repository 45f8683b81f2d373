"""The end of a re-enrollment window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.auto_enroll.messages import WindowCall, WindowEnd
from sequences.names import END_WINDOW

if TYPE_CHECKING:
    from services.enrolling.window_starter import WindowStarter


class WindowActivities:
    """What ``ReenrollmentWindowWorkflow`` calls."""

    def __init__(self, windows: WindowStarter) -> None:
        self._windows = windows

    @activity.defn(name=END_WINDOW)
    async def end_window(self, call: WindowCall) -> WindowEnd:
        """Ends the window in the ledger, or says until when it lasts; the same call again gets the same answer."""
        return await self._windows.end(call.window, call.now, activity.info().workflow_id or "")
