"""What users see of themselves."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from sequences.access.role import Role
from tests.support.screens.samples import LEAD
from tests.support.screens.samples.settings import OWNER

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
MAILBOX = SimpleNamespace(
    id="xzzzzzzzzzzzz", address="lea@agency.example", state="active", signature_text="Lea <page>", signature_html=None
)
_BARE = SimpleNamespace(
    **vars(OWNER) | {"email": None, "phone": None, "signature": None, "booking_url": None, "replies": None}
)
MODELS: dict[str, dict[str, object]] = {
    "two": {
        "user": SimpleNamespace(timezone=None),
        "sessions": SESSIONS,
        "current": "c1",
        "passkeys": [],
        "passkeys_here": False,
        "owner": OWNER,
        "mailboxes": [MAILBOX],
        "replies_of_all": "forward",
    },
    "own zone": {
        "user": SimpleNamespace(timezone="Europe/Paris"),
        "sessions": SESSIONS[:1],
        "current": "c0",
        "passkeys": PASSKEYS,
        "passkeys_here": True,
        "owner": _BARE,
        "mailboxes": [],
        "replies_of_all": "notify",
        "viewer": replace(LEAD, role=Role.ADMIN),
    },
}
MODELS["no owner"] = MODELS["two"] | {"owner": None, "viewer": replace(LEAD, owner_id=None)}
MODELS["no owner yet"] = MODELS["two"] | {"owner": None}
