"""The page of a link, with its button."""

from sequences.access.role import Role
from services.access.links import GoodLink

TEMPLATE = "screens/sign_in_link.html"
_OF = {"viewer": None, "token": "A" * 43, "next": "/console/", "email": "", "name": "", "problem": None}
MODELS: dict[str, dict[str, object]] = {
    "user": _OF | {"link": GoodLink("u1", "lea.d@agency.example", "Lea <page>", Role.LEAD)},
    "first admin": _OF | {"link": GoodLink(None, "", "", Role.ADMIN)},
    "wrong": _OF | {"link": GoodLink(None, "", "", Role.ADMIN), "email": "<page>", "problem": "This is no address."},
}
