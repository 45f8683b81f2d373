"""A mailbox that its owner connects."""

from dataclasses import replace

from adapters.postgres import queries
from sequences.access.role import Role
from tests.support.screens.samples.users import ADMIN, AT

RECRUITER = replace(ADMIN, role=Role.RECRUITER)
TEMPLATE = "screens/mailbox_connect.html"
_GRANT = queries.MailboxGrantRow("dana@agency.example", "google", "servers", "s-1", AT, "user:u1", AT, AT, None, None)
_ENDED = queries.MailboxGrantRow("dana@agency.example", "google", "api", "s-1", AT, "cli", AT, None, AT, "revoked")
_COMMON: dict[str, object] = {
    "viewer": RECRUITER,
    "mailbox": "dana@agency.example",
    "grant": None,
    "why": "",
    "allowed": True,
    "others": False,
    "providers": {"google": "Google", "microsoft": "Microsoft 365"},
    "asked": {"provider": "", "access": ""},
    "problem": "",
}
MODELS: dict[str, dict[str, object]] = {
    "new": _COMMON,
    "asked": _COMMON | {"asked": {"provider": "google", "access": "servers"}},
    "connected": _COMMON | {"grant": _GRANT, "viewer": ADMIN, "others": True},
    "ended": _COMMON | {"grant": _ENDED, "why": "the access was revoked at the provider, or has expired"},
    "refused": _COMMON | {"problem": "That was another account."},
    "not_yours": _COMMON | {"allowed": False},
    "none": _COMMON | {"providers": {}},
}
