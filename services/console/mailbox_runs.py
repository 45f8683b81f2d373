"""The open runs whose mail goes out from a mailbox: the list behind their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from services.console.run_lines import RunLines, run_lines

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer

PAGE: Final = 50


async def mailbox_runs(connection: Connection, viewer: Viewer, mailbox: str, cursor: str = "") -> RunLines:
    """A page of the open runs that send from a mailbox, about people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
    """
    return await run_lines(connection, viewer, listings.MAILBOX_RUNS, {"mailbox": mailbox}, cursor, PAGE)
