"""The people of the demo, handed over as a CRM would: by a signed hook."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sequences.planning.workdays import public_holidays

if TYPE_CHECKING:
    import httpx

EXAMPLES = Path(__file__).parents[2] / "examples"
PLACEMENT = "eve-at-example-works"
_SATURDAY = 5


def start_date(today: date) -> date:
    """Ten days ahead, or the first working day in England after that: nobody starts on a Sunday or at Christmas."""
    day = today + timedelta(days=10)
    while day.weekday() >= _SATURDAY or day in public_holidays("GB-ENG", day.year):
        day += timedelta(days=1)
    return day


def changes(today: date) -> list[dict[str, Any]]:
    """The example records as changes for ``POST /hooks/crm``."""
    records = json.loads((EXAMPLES / "people.json").read_text())
    found = [
        {"entity": entity, "id": row["id"], "fields": {key: value for key, value in row.items() if key != "id"}}
        for entity, rows in records.items()
        for row in rows
    ]
    for change in found:
        if change["entity"] == "placement":
            change["fields"]["start_date"] = start_date(today).isoformat()
    return found


async def post_hook(http: httpx.AsyncClient, url: str, secret: str, body: dict[str, Any]) -> httpx.Response:
    """Posts ``body`` to the CRM hook as a CRM must: HMAC-SHA256 over timestamp, dot and raw body."""
    raw = json.dumps(body).encode()
    timestamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Relance-Timestamp": timestamp,
        "X-Relance-Signature": f"sha256={signature}",
    }
    return await http.post(f"{url}/hooks/crm", content=raw, headers=headers)
