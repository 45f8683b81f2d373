"""Mailboxes of their own."""

from dataclasses import replace
from types import SimpleNamespace

from sequences.access.role import Role
from starter.console.address import Address
from starter.console.mailbox_form import form_of
from tests.support.screens.samples import LEAD
from tests.support.screens.samples.users import ADMIN, AT

TEMPLATE = "screens/mailboxes.html"
MAILBOX = SimpleNamespace(
    id="xzzzzzzzzzzzz",
    address="dana@agency.example",
    name="Dana <page>",
    owner_id="o1",
    pool="outreach",
    state="active",
    state_reason=None,
    state_since=AT,
    retry_at=None,
    transport="smtp",
    transport_settings={"host": "smtp.agency.example", "port": 587, "tls": "starttls", "username": "<page>"},
    has_transport_secret=True,
    inbound="imap",
    inbound_settings={"host": "imap.agency.example", "port": 993, "security": "tls", "sent_folder": "Sent"},
    has_inbound_secret=False,
    reply_to="own",
    limits="200/day",
    open_runs=3,
    signature_text="Dana\n<page>",
    signature_html="<p>Dana</p>",
    started_on=None,
    added_at=AT,
    added_by="cli",
    changed_at=AT,
)
PLAIN = SimpleNamespace(
    **vars(MAILBOX)
    | {
        "id": "xyyyyyyyyyyyy",
        "address": "jobs@agency.example",
        "name": None,
        "owner_id": None,
        "pool": None,
        "state": "disconnected",
        "state_reason": "the server rejects <page>",
        "retry_at": AT,
        "transport": "organisation",
        "transport_settings": {},
        "inbound": "organisation",
        "inbound_settings": {},
        "reply_to": "signed",
        "limits": None,
        "open_runs": 1,
        "signature_text": None,
        "signature_html": None,
    }
)
OWNERS = (("o1", "Dana <page>"), ("o2", "Lee"))
_COMMON: dict[str, object] = {
    "viewer": ADMIN,
    "owners": OWNERS,
    "asked": {},
    "servers": form_of({}),
    "problem": "",
    "fallback": "organisation",
    "following": None,
    "address": Address("/console/mailboxes", {}),
}
_REFUSED = {"address": "<page>", "transport": "smtp", "smtp_host": "<page>", "inbound": "imap"}
MODELS: dict[str, dict[str, object]] = {
    "two": _COMMON | {"mailboxes": [MAILBOX, PLAIN], "following": "next"},
    "none": _COMMON | {"mailboxes": [], "fallback": "wait"},
    "refused": _COMMON | {"mailboxes": [], "problem": "<page>", "asked": _REFUSED, "servers": form_of(_REFUSED)},
    "of a recruiter": _COMMON | {"mailboxes": [MAILBOX], "viewer": replace(LEAD, role=Role.RECRUITER)},
}
