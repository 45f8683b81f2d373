"""Users, for admins."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from sequences.access.role import Role
from tests.support.screens.samples import LEAD

TEMPLATE = "screens/users.html"
ADMIN = replace(LEAD, role=Role.ADMIN)
AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
USER = SimpleNamespace(
    id="u1",
    name="Lea <page>",
    email="lea.d@agency.example",
    role=Role.LEAD,
    owner_id="o1",
    owner_name=None,
    team="North",
    last_used_at=AT,
    disabled_at=None,
)
OTHER = SimpleNamespace(
    **vars(USER) | {"id": "u2", "owner_id": None, "team": None, "last_used_at": None, "disabled_at": AT}
)
BLANK = {"email": "", "name": "", "role": Role.RECRUITER, "owner": "", "team": ""}
_COMMON = {
    "viewer": ADMIN,
    "users": [USER, OTHER],
    "owners": [("o1", "Lea <page>")],
    "roles": list(Role),
}
MODELS: dict[str, dict[str, object]] = {
    "two": _COMMON | {"asked": BLANK, "problem": None},
    "refused": _COMMON | {"asked": BLANK | {"email": "<page>"}, "problem": "This is no <page>."},
}
