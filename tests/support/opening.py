"""What the outbox does with a window that a rule left behind, for one window and without claiming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.enrolling.window_starter import OpeningResult

if TYPE_CHECKING:
    from services.enrolling.window_starter import WindowStarter


async def start_window(windows: WindowStarter, window: str) -> bool:
    """Starts a window with its run; False when the workflow of an ended one is still in the way."""
    database = windows._database
    async with database.transaction() as connection:
        found = await windows.waiting(connection, [window])
    for opening in found:
        result = await windows.open(opening)
        if result is OpeningResult.BEGUN:
            await windows.mark_begun([opening])
        if result in (OpeningResult.BEGUN, OpeningResult.OPEN):
            async with database.transaction() as connection:
                await windows.mark_open(connection, [opening])
            await windows.tell(window)
        if result is OpeningResult.LATER:
            return False
    return True
