"""One owner."""

from types import SimpleNamespace

from tests.support.screens.samples.settings import OWNER

TEMPLATE = "screens/settings_owner.html"
_COMMON: dict[str, object] = {
    "owner": OWNER,
    "may_change": True,
    "notify": [("none", "None"), ("digest", "One mail a day")],
    "replies": [("", "As for all <page>"), ("forward", "Forward")],
}
_BARE = SimpleNamespace(**vars(OWNER) | {"signature": None, "booking_url": None, "replies": "forward"})
MODELS: dict[str, dict[str, object]] = {
    "changed": _COMMON,
    "read only": _COMMON | {"owner": _BARE, "may_change": False},
}
