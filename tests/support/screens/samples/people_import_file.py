"""An uploaded file of people: its columns, and what would happen."""

from collections import Counter

from services.console.people_import import (
    FileColumn,
    PeopleFileColumns,
    rows_behind,
    which_not_enrolled,
    which_trouble,
)
from services.records.import_outlook import Outlook
from services.records.import_reasons import Reason
from services.records.people_file import ImportChoices, PeopleFile
from services.records.people_import import CheckedRow, ImportCheck
from starter.console.address import Address

_COLUMNS = {"Id <page>": "id", "Mail": "email"}
_FILE = PeopleFile("f2345678901", "u1", "people <page>.csv", b"", ImportChoices(_COLUMNS, sequence="hello"))
_ROWS = (
    CheckedRow(2, "", None, "refused", "id: is missing <page>", enrolls=False, why_not=""),
    CheckedRow(3, "p1", "Ann <page>", "created", "", enrolls=True, why_not=""),
    CheckedRow(4, "p2", None, "updated", "email: <page>", enrolls=False, why_not="must not be contacted"),
)
_CHECK = ImportCheck(
    _ROWS,
    Counter({"created": 1, "updated": 1, "refused": 1}),
    (Reason("row", "id: is missing <page>", 1, (2,)), Reason("field", "email: <page>", 1200, (4, 5))),
    (
        Outlook("hello", "Hello <page>", "person", 3, 3, 3, {}, (), 500, None, waits=False, standing=False),
        Outlook("other", "Other", "person", 900, 900, 500, {}, (), 500, None, waits=True, standing=False),
    ),
    1,
    (("must not be contacted <page>", 1),),
)
_SHOWN = rows_behind(_CHECK, "", 0)
_KEPT: dict[str, object] = {
    "file": _FILE,
    "found": PeopleFileColumns(
        (FileColumn(0, "Id <page>", ("p1", "p2"), "id"), FileColumn(1, "Mail", (), "email")), 1200
    ),
    "choices": _FILE.choices,
    "sequence": "",
    "fields": [("id", "Id"), ("email", "E-mail")],
    "sequences": [("hello", "Hello <page>")],
    "dates": [("", "as the file itself shows"), ("dmy", "4 May")],
    "chosen": True,
    "check": None,
    "which": "",
    "shown": None,
    "which_not_enrolled": which_not_enrolled,
    "which_trouble": which_trouble,
    "problem": "",
    "trouble": "",
    "address": Address("/console/people/import/f2345678901", {}),
}

TEMPLATE = "screens/people_import_file.html"
FRAGMENTS = ("check",)
MODELS: dict[str, dict[str, object]] = {
    "checking": _KEPT,
    "checked": {**_KEPT, "check": _CHECK, "shown": _SHOWN},
    "only_import": {**_KEPT, "check": _CHECK, "shown": _SHOWN, "choices": ImportChoices(_COLUMNS)},
    "placements": {
        **_KEPT,
        "check": _CHECK,
        "shown": _SHOWN,
        "choices": ImportChoices(_COLUMNS, kind="placement", sequence="hello"),
    },
    "clients": {**_KEPT, "check": _CHECK, "shown": _SHOWN, "choices": ImportChoices(_COLUMNS, kind="client")},
    "refused": {**_KEPT, "check": _CHECK, "shown": rows_behind(_CHECK, "refused", 0)},
    "gone": {**_KEPT, "check": _CHECK, "shown": rows_behind(_CHECK, "deleted", 0)},
    "trouble": {**_KEPT, "trouble": "the dates of line 3 <page>"},
}
