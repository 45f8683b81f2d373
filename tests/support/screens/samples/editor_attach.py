"""A file that was not taken."""

from starter.console.screens.editor import ACCEPTED

_KEPT: dict[str, object] = {
    "sequence": "hello",
    "problem": "'x <page>.exe' cannot be an attachment",
    "accepted": ACCEPTED,
}
_FORM = {"key": "k1", "template": "hello/one", "person": "p1"}

TEMPLATE = "screens/editor_attach.html"
MODELS: dict[str, dict[str, object]] = {
    "attached": {**_KEPT, "form": {**_FORM, "as": "attached"}},
    "shown": {**_KEPT, "form": {**_FORM, "as": "shown", "path": "images/<page>.png"}},
}
