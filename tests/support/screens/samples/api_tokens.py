"""Named tokens of the API."""

from sequences.access.token_scope import TokenScope
from services.access.tokens import TokenLine
from starter.console.address import Address
from starter.console.screens.settings import PARTS
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/api_tokens.html"
TOKEN = TokenLine(
    id="gzzzzzzzzzzzz",
    name="crm-sync",
    scopes=["enroll", "read"],
    state="open",
    created_at=AT,
    created_by="user:u1",
    rotated_at=AT,
    former_until=AT,
    expires_at=AT,
    last_used_at=AT,
    revoked_at=None,
    revoked_by=None,
)
OVER = TokenLine(
    id="gyyyyyyyyyyyy",
    name="old",
    scopes=["admin"],
    state="revoked",
    created_at=AT,
    created_by="cli",
    rotated_at=None,
    former_until=None,
    expires_at=None,
    last_used_at=None,
    revoked_at=AT,
    revoked_by="cli",
)
_COMMON: dict[str, object] = {
    "viewer": ADMIN,
    "parts": PARTS,
    "scopes": list(TokenScope),
    "days": ("365", "0"),
    "asked": {"name": "", "days": "365"},
    "problem": "",
    "state": "",
    "following": None,
    "address": Address("/console/settings/tokens", {}),
}
MODELS: dict[str, dict[str, object]] = {
    "two": _COMMON | {"tokens": [(TOKEN, "Lea <page>"), (OVER, None)], "following": "next"},
    "none": _COMMON | {"tokens": []},
    "none revoked": _COMMON | {"tokens": [], "state": "revoked"},
    "refused": _COMMON
    | {"tokens": [], "problem": "<page>", "asked": {"name": "<page>", "days": "0", "scope_read": "yes"}},
}
