"""The secret of a receiver, shown once."""

from services.webhooks.endpoints import MadeSecret
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/webhook_secret.html"
MODELS: dict[str, dict[str, object]] = {
    "new": {"viewer": ADMIN, "made": MadeSecret("ozzzzzzzzzzzz", "crm", "whsec_AAAA")},
    "rotated": {"viewer": ADMIN, "made": MadeSecret("ozzzzzzzzzzzz", "crm", "whsec_AAAA", AT)},
}
