"""One message that belongs to nobody, and whose it may be."""

from dataclasses import replace

from services.console.unmatched import JustAttached, RunToAttach, Suspect
from starter.console.address import Address
from tests.support.screens.samples.unmatched import AT, MAIL, MEETING, TEXT

SUSPECTS = (
    Suspect(
        "p1",
        "Ben <page> Ray",
        "Lea Dupont",
        "<page>@client.example",
        (
            RunToAttach("e1", "Hello <page>", "active", AT, allowed=True),
            RunToAttach("e2", "Hello", "stopped", AT, allowed=False),
        ),
    ),
    Suspect("p2", None, None, None, ()),
)
_KEPT = {
    "line": MAIL,
    "suspects": SUSPECTS,
    "wanted": "<page>",
    "guessed": True,
    "attached": None,
    "may_attach": True,
    "address": Address("/console/unmatched/i1", {}),
}

TEMPLATE = "screens/unmatched_one.html"
MODELS: dict[str, dict[str, object]] = {
    "guessed": _KEPT,
    "meeting": {**_KEPT, "line": MEETING},
    "typed": {**_KEPT, "guessed": False},
    "nobody": {**_KEPT, "suspects": (), "guessed": False},
    "no_guess": {**_KEPT, "suspects": ()},
    "aside": {**_KEPT, "line": TEXT},
    "attached_now": {**_KEPT, "attached": JustAttached("i1", None, "Hello <page>", may_undo=True), "may_attach": False},
    "attached": {**_KEPT, "line": replace(MAIL, waits=False), "may_attach": False},
}
