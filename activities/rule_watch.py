"""The activity of the rule watcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.auto_enroll.messages import WatchCall, WatchResult
from sequences.names import WATCH_CHANGES

if TYPE_CHECKING:
    from services.auto_enroll.watch import Watching


class WatchingActivities:
    """What ``RuleWatcherWorkflow`` calls."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    @activity.defn(name=WATCH_CHANGES)
    async def watch_changes(self, call: WatchCall) -> WatchResult:
        """Matches one page of changes, and today's share of those who wait."""
        return await self._watching.watch_changes(call)
