"""The activities of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.auto_enroll.messages import ScanBegun, ScanCall, ScanPage
from sequences.names import BEGIN_SCAN, SCAN_PAGE

if TYPE_CHECKING:
    from services.auto_enroll.scan import Scanning


class ScanningActivities:
    """What ``RuleScanWorkflow`` calls."""

    def __init__(self, scanning: Scanning) -> None:
        self._scanning = scanning

    @activity.defn(name=BEGIN_SCAN)
    async def begin_scan(self, call: ScanCall) -> ScanBegun:
        """Counts who would enter."""
        return await self._scanning.begin_scan(call)

    @activity.defn(name=SCAN_PAGE)
    async def scan_page(self, call: ScanCall) -> ScanPage:
        """Enters one page."""
        return await self._scanning.scan_page(call)
