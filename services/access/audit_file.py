"""The audit log as CSV: for spreadsheets, and for whoever keeps it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from adapters.postgres.paging import page
from services.reading.csv_cells import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres import queries
    from adapters.postgres.database import Connection

MOST_ROWS: Final = 100_000
_AT_ONCE: Final = 5_000
COLUMNS: Final = ("at", "way", "user", "email", "act", "subject", "address", "session", "detail", "token")


async def audit_csv(connection: Connection, asked: Mapping[str, object]) -> str:
    """The newest entries that fit, at most ``MOST_ROWS``; instants in UTC.

    Raises:
        CursorError: never: the cursors are its own.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    cursor, written = None, 0
    while written < MOST_ROWS:
        found = await page(connection, listings.AUDIT_EVENTS, asked, cursor=cursor, limit=_AT_ONCE)
        writer.writerows(map(_cells, found.rows))
        written += len(found.rows)
        if found.next is None:
            break
        cursor = found.next
    return file.getvalue()


def _cells(row: queries.ListedAuditEventsRow) -> list[str]:
    at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    detail = json.dumps(row.detail) if row.detail else ""
    cells = (
        at,
        row.way,
        row.user_id,
        row.email,
        row.act,
        row.subject,
        row.address,
        row.session_id,
        detail,
        row.token_name,
    )
    return [harmless(cell or "") for cell in cells]
