"""The audit log."""

from types import SimpleNamespace

from services.access.audit_subjects import AuditSubject
from starter.console.address import Address
from tests.support.screens.samples.users import ADMIN, AT, USER

TEMPLATE = "screens/audit.html"
_ROW = {"id": 1, "at": AT, "way": "console", "user_id": "u1", "name": "Lea <page>", "act": "role_changed"}
_ROW |= {"subject": "user:u2", "address": "10.0.0.1", "detail": {"before": "lead", "after": None}}
_ROW |= {"token_name": None}
ROWS = [
    SimpleNamespace(**_ROW),
    SimpleNamespace(**_ROW | {"way": "cli", "name": None, "subject": "person:<page>", "detail": {}}),
    SimpleNamespace(**_ROW | {"name": None, "address": None, "subject": ""}),
    SimpleNamespace(**_ROW | {"way": "api", "name": None, "token_name": "crm-sync"}),
    SimpleNamespace(**_ROW | {"way": "api", "name": None}),
]
SUBJECTS = {
    "user:u2": (AuditSubject("user", "u2", "Bo <page>"),),
    "person:<page>": (AuditSubject("person", "<page>"),),
    "name:hello step:one change:up": (
        AuditSubject("name", "hello", "Hello <page>"),
        AuditSubject("step", "one"),
        AuditSubject("change", "up"),
    ),
    "reply:r1": (AuditSubject("reply", "r1", "Ann <page>"),),
    "job:j1": (AuditSubject("job", "j1"),),
    "task:t1": (AuditSubject("task", "t1", "Call <page>"),),
    "mailbox:x1": (AuditSubject("mailbox", "x1", "<page>@agency.example"),),
    "token:g1": (AuditSubject("token", "g1", "crm-sync <page>"),),
    "endpoint:o1": (AuditSubject("endpoint", "o1", "crm <page>"),),
    "tried <page>": (AuditSubject("", "tried <page>"),),
    "": (),
}
ROWS += [SimpleNamespace(**_ROW | {"subject": subject}) for subject in SUBJECTS]
_COMMON = {"viewer": ADMIN, "subjects": SUBJECTS, "users": [USER], "query": "?act=role_changed"}
MODELS: dict[str, dict[str, object]] = {
    "three": _COMMON | {"rows": ROWS, "following": "x", "address": Address("/console/audit", {"act": "role_changed"})},
    "empty": _COMMON | {"rows": [], "following": None, "address": Address("/console/audit", {})},
}
