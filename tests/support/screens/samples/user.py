"""One user, for admins."""

from types import SimpleNamespace

from sequences.access.role import Role
from tests.support.screens.samples.account import SESSIONS
from tests.support.screens.samples.users import ADMIN, OTHER, USER

TEMPLATE = "screens/user.html"
_COMMON = {
    "viewer": ADMIN,
    "roles": list(Role),
    "owners": [("o1", "Lea <page>")],
    "ways": SimpleNamespace(passkeys=0, accounts=0),
}
MODELS: dict[str, dict[str, object]] = {
    "signed in": _COMMON
    | {
        "user": USER,
        "sessions": SESSIONS,
        "problem": None,
        "ways": SimpleNamespace(passkeys=2, accounts=1),
    },
    "disabled": _COMMON | {"user": OTHER, "sessions": [], "problem": None},
    "refused": _COMMON | {"user": USER, "sessions": [], "problem": "This is the only <page>."},
}
