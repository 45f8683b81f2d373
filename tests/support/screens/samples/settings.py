"""Settings: a part of the environment, owners, and fields."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

from sequences.access.role import Role
from sequences.retention import RetentionClass
from services.console.settings import SettingLine
from services.retention.overview import RetainedClass
from starter.console.address import Address
from starter.console.screens.settings import PARTS
from tests.support.screens.samples import LEAD

TEMPLATE = "screens/settings.html"
OWNER = SimpleNamespace(
    id="o1 <page>",
    first_name="Lea <page>",
    last_name=None,
    email="lea@agency.example",
    phone=None,
    notify_by="digest",
    replies=None,
    signature="Lea <page>",
    booking_url="https://calendly.com/lea/<page>",
)
_LINES = [
    SettingLine("RELANCE_COMPANY", "Our company.", "<page>", is_secret=False, is_set=True, is_default=False),
    SettingLine("RELANCE_LANGUAGE", "Language.", "en", is_secret=False, is_set=True, is_default=True),
    SettingLine("RELANCE_FOOTER", "Footer.", "", is_secret=False, is_set=False, is_default=True),
    SettingLine("RELANCE_BEARER_TOKEN", "Token.", "", is_secret=True, is_set=True, is_default=False),
]
_AT = datetime(2027, 5, 4, 9, tzinfo=UTC)
_KEPT = RetainedClass(
    kind=RetentionClass.HITS,
    setting="RELANCE_RETAIN_HITS",
    period="1 year",
    in_force="1 year",
    in_force_from=None,
    oldest=_AT,
    due=12,
    due_then=0,
    at_least=True,
    last_began=_AT,
    last_ended=_AT,
    last_removed=7,
    removed_ever=70,
)
RETAINED = [
    _KEPT,
    replace(
        _KEPT, kind=RetentionClass.AUDIT, period="3 years <page>", in_force="forever", in_force_from=_AT, due_then=3
    ),
    replace(_KEPT, kind=RetentionClass.JOBS, last_ended=None),
    replace(_KEPT, kind=RetentionClass.BODIES, oldest=None, due=0, last_began=None, last_ended=None),
]
_COMMON: dict[str, object] = {
    "viewer": replace(LEAD, role=Role.ADMIN),
    "parts": PARTS,
    "lines": _LINES,
    "fields": (),
    "address": Address("/console/settings", {}),
}
MODELS: dict[str, dict[str, object]] = {
    **{part: _COMMON | {"part": part} for part in PARTS if part not in ("owners", "fields", "retention")},
    "retention": _COMMON | {"part": "retention", "classes": RETAINED},
    "owners": _COMMON | {"part": "owners", "owners": [OWNER], "following": "next"},
    "no owners": _COMMON | {"part": "owners", "owners": [], "following": None},
    "fields": _COMMON
    | {
        "part": "fields",
        "fields": [
            SimpleNamespace(name="custom.size", label="Size <page>", type="text", choices=("s", "m"), in_rules=None)
        ],
    },
}
