"""Cursors of the event stream: places behind which somebody goes on."""

from __future__ import annotations

import re
from typing import Final

from sequences.errors import RefusedError, RequestRefused

CURSOR: Final = r"^[0-9]{1,18}$"
_CURSOR: Final = re.compile(CURSOR)


def read_event_cursor(text: str) -> int:
    """The place that a cursor means.

    >>> read_event_cursor("1204")
    1204

    Raises:
        RefusedError: it is no cursor.
    """
    if not _CURSOR.fullmatch(text):
        raise RefusedError(RequestRefused.INVALID, "this is no cursor of events; pass one that you got, or 0 for all")
    return int(text)


def check_event_cursor(after: int, head: int) -> int:
    """A place that may be asked for.

    Raises:
        RefusedError: the stream has not come so far: it was restored from a backup, or the cursor is made up.
    """
    if after > head:
        raise RefusedError(
            RequestRefused.INVALID,
            f"no event has the cursor {after} yet; the last one is {head}. If the database was restored from a backup, "
            "go on from there",
        )
    return after
