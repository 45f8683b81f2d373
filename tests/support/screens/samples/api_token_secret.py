"""The secret of a token, shown once."""

from services.access.tokens import MadeToken
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/api_token_secret.html"
_SECRET = "rel_gzzzzzzzzzzzz_" + "A" * 43
MODELS: dict[str, dict[str, object]] = {
    "new": {"viewer": ADMIN, "made": MadeToken("gzzzzzzzzzzzz", "crm-sync", _SECRET)},
    "rotated": {"viewer": ADMIN, "made": MadeToken("gzzzzzzzzzzzz", "crm-sync", _SECRET, AT)},
}
