"""One receiver of webhooks and its log."""

from types import SimpleNamespace

from starter.console.address import Address
from tests.support.screens.samples.users import ADMIN, AT
from tests.support.screens.samples.webhooks import ENDPOINT

TEMPLATE = "screens/webhook.html"
_TRIES = [
    SimpleNamespace(id=3, webhook_id="test-1", at=AT, outcome="done", words="HTTP 200"),
    SimpleNamespace(id=2, webhook_id="fzzzzzzzzzzzz", at=AT, outcome="done", words="HTTP 200"),
    SimpleNamespace(id=1, webhook_id="fzzzzzzzzzzzz", at=AT, outcome="again", words="HTTP 500 <page>"),
    SimpleNamespace(id=0, webhook_id="fzzzzzzzzzzzz", at=AT, outcome="dead", words="HTTP 404"),
]
_EVENTS = SimpleNamespace(
    state="active", types=["enrollment", "reply.received"], behind=12, replay=SimpleNamespace(done=0.4)
)
_COMMON: dict[str, object] = {
    "viewer": ADMIN,
    "events": None,
    "spans": ("day", "week"),
    "endpoint": ENDPOINT,
    "hours": ("24", "168", "0"),
    "following": None,
    "address": Address("/console/settings/webhooks/ozzzzzzzzzzzz", {}),
}
MODELS: dict[str, dict[str, object]] = {
    "with a log": _COMMON | {"tries": _TRIES, "following": "next"},
    "without one": _COMMON | {"tries": []},
    "with a subscription": _COMMON | {"tries": [], "events": _EVENTS},
    "with a receiver that is gone": _COMMON
    | {"tries": [], "events": SimpleNamespace(state="failed", types=[], behind=12, replay=None)},
}
