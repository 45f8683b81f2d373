"""Uploading a file."""

from starter.console.address import Address

_KINDS = [("person", "People <page>"), ("client", "Clients")]
_KEPT: dict[str, object] = {
    "problem": "",
    "kinds": _KINDS,
    "kind": "",
    "sequence": "",
    "address": Address("/console/people/import", {}),
}

TEMPLATE = "screens/people_import.html"
MODELS: dict[str, dict[str, object]] = {
    "ask": _KEPT,
    "into": {**_KEPT, "kind": "client", "sequence": "<page>"},
    "wrong": {**_KEPT, "problem": "people.csv: is a <page>"},
}
