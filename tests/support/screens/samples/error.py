"""The page of an error."""

from starter.console.sent_form import KeptForm

TEMPLATE = "screens/error.html"
_BARE: dict[str, object] = {"message": 'There is no <page> "of" that name.', "sent": None, "again": None, "page": None}
_SENT = KeptForm("/console/people/p1/pause", {"key": "k1", "why": "ill <page> until May"}, ("why",))
_TWICE = KeptForm("/console/tasks/f1/done", {"key": "k1"}, ())
MODELS: dict[str, dict[str, object]] = {
    "nobody": {**_BARE, "viewer": None},
    "a page": {**_BARE, "again": "/console/calendar?view=month"},
    "words": {**_BARE, "sent": _SENT, "page": "/console/people/p1"},
    "a button": {**_BARE, "sent": _TWICE, "page": "/console/"},
}
