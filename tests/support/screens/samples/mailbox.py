"""One mailbox."""

from dataclasses import replace

from sequences.access.role import Role
from tests.support.screens.samples import LEAD
from tests.support.screens.samples.mailboxes import MAILBOX, OWNERS, PLAIN
from tests.support.screens.samples.users import ADMIN

TEMPLATE = "screens/mailbox.html"
_COMMON: dict[str, object] = {"viewer": ADMIN, "owners": OWNERS, "problem": "", "may_keep": True}
MODELS: dict[str, dict[str, object]] = {
    "of a recruiter": _COMMON | {"mailbox": MAILBOX, "viewer": replace(LEAD, role=Role.RECRUITER)},
    "for an admin": _COMMON | {"mailbox": MAILBOX, "problem": "<page>"},
    "disconnected": _COMMON | {"mailbox": PLAIN},
    "only looked at": _COMMON | {"mailbox": MAILBOX, "may_keep": False, "viewer": replace(LEAD, role=Role.AUDITOR)},
}
