"""Receivers of webhooks."""

from types import SimpleNamespace

from starter.console.address import Address
from starter.console.screens.settings import PARTS
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/webhooks.html"
ENDPOINT = SimpleNamespace(
    id="ozzzzzzzzzzzz",
    name="crm",
    url="https://crm.example/hook?<page>",
    created_at=AT,
    created_by="cli",
    rotated_at=None,
    former_until=None,
)
_COMMON: dict[str, object] = {
    "viewer": ADMIN,
    "parts": PARTS,
    "asked": {"name": "", "url": ""},
    "problem": "",
    "following": None,
    "address": Address("/console/settings/webhooks", {}),
}
MODELS: dict[str, dict[str, object]] = {
    "one": _COMMON | {"endpoints": [ENDPOINT], "following": "next"},
    "none": _COMMON | {"endpoints": []},
    "refused": _COMMON | {"endpoints": [], "problem": "<page>", "asked": {"name": "<page>", "url": "<page>"}},
}
