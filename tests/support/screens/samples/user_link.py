"""A link to hand over."""

from tests.support.screens.samples.users import ADMIN, AT, USER

TEMPLATE = "screens/user_link.html"
MODELS: dict[str, dict[str, object]] = {
    "new": {
        "viewer": ADMIN,
        "user": USER,
        "link": "https://relance.agency.example/console/sign-in/" + "A" * 43,
        "expires_at": AT,
    }
}
