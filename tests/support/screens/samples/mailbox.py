"""One mailbox."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from sequences.access.role import Role
from starter.console.mailbox_form import form_of, stored
from tests.support.screens.samples import LEAD
from tests.support.screens.samples.mailboxes import MAILBOX, OWNERS, PLAIN
from tests.support.screens.samples.users import ADMIN

TEMPLATE = "screens/mailbox.html"
_COMMON: dict[str, object] = {"viewer": ADMIN, "owners": OWNERS, "problem": "", "may_keep": True, "push": None}
_WHEN = datetime(2027, 5, 4, 9, 30, tzinfo=UTC)
_TOLD = {"ends_at": _WHEN, "heard_at": _WHEN, "problem": None, "failures": 0}
_REFUSED = {"ends_at": None, "heard_at": None, "problem": "<page>", "failures": 3}
_SES = SimpleNamespace(
    **vars(MAILBOX)
    | {"transport": "ses", "transport_settings": {"region": "<page>", "bounces_to_us": True}, "inbound": "api"}
)
_NEWER = SimpleNamespace(**vars(MAILBOX) | {"transport": "<page>", "transport_settings": {}})


def _of(row: SimpleNamespace) -> dict[str, object]:
    return {"mailbox": row, "servers": form_of(stored(row))}  # type: ignore[arg-type]


MODELS: dict[str, dict[str, object]] = {
    "of a recruiter": _COMMON | {**_of(MAILBOX), "viewer": replace(LEAD, role=Role.RECRUITER)},
    "for an admin": _COMMON | {**_of(MAILBOX), "problem": "<page>"},
    "disconnected": _COMMON | _of(PLAIN),
    "at a provider": _COMMON | _of(_SES),
    "announced": _COMMON | {**_of(_SES), "push": SimpleNamespace(**_TOLD)},
    "not announced": _COMMON | {**_of(_SES), "push": SimpleNamespace(**_REFUSED)},
    "of a newer version": _COMMON | _of(_NEWER),
    "only looked at": _COMMON | {**_of(MAILBOX), "may_keep": False, "viewer": replace(LEAD, role=Role.AUDITOR)},
}
