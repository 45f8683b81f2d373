"""What users see of themselves."""

from datetime import UTC, datetime
from types import SimpleNamespace

TEMPLATE = "screens/account.html"
AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
SESSIONS = [
    SimpleNamespace(
        id=f"c{n}", device="Firefox/140 on Linux <page>", started_at=AT, last_used_at=AT, address="10.0.0.1"
    )
    for n in range(2)
]
PASSKEYS = [
    SimpleNamespace(id=b"a?b", name="Laptop <page>", is_synced=True, made_at=AT, last_used_at=AT),
    SimpleNamespace(id=b"c", name="Key", is_synced=False, made_at=AT, last_used_at=None),
]
MODELS: dict[str, dict[str, object]] = {
    "two": {
        "user": SimpleNamespace(timezone=None),
        "sessions": SESSIONS,
        "current": "c1",
        "passkeys": [],
        "passkeys_here": False,
    },
    "own zone": {
        "user": SimpleNamespace(timezone="Europe/Paris"),
        "sessions": SESSIONS[:1],
        "current": "c0",
        "passkeys": PASSKEYS,
        "passkeys_here": True,
    },
}
