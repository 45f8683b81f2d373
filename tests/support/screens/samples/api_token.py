"""One token of the API."""

from dataclasses import replace

from tests.support.screens.samples.api_tokens import OVER, TOKEN
from tests.support.screens.samples.users import ADMIN

TEMPLATE = "screens/api_token.html"
_COMMON: dict[str, object] = {"viewer": ADMIN, "hours": ("24", "168", "0"), "created_by_name": "Lea <page>"}
MODELS: dict[str, dict[str, object]] = {
    "open": _COMMON | {"token": TOKEN},
    "expired": _COMMON | {"token": replace(TOKEN, state="expired")},
    "revoked": _COMMON | {"token": OVER, "created_by_name": None},
}
