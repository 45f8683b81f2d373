"""A new sequence."""

from services.drafts.new_draft import NewSequence
from starter.console.address import Address

_KEPT = {
    "wanted": NewSequence("", ""),
    "copies": [("", "the example"), ("hello", "Hello <page>")],
    "problem": "",
    "address": Address("/console/new-sequence", {}),
}

TEMPLATE = "screens/new_sequence.html"
MODELS = {
    "empty": _KEPT,
    "copy": {**_KEPT, "wanted": NewSequence("hi", "Hi <page>", "placement", "hello")},
    "problem": {**_KEPT, "problem": "there is a sequence <page> already"},
}
