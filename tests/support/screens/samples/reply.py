"""One reply, and answering it."""

from dataclasses import replace

from services.console.inbox import InboxLine
from starter.console.address import Address
from tests.support.screens.samples.inbox import PLAIN, REPLY

_ADDRESS = Address("/console/inbox/r1", {})
_FINE: dict[str, object] = {"address": _ADDRESS, "problem": "", "words": "", "suspected": False}
_NOTED = ("cut", "signed_by_no_key")
_SOMEBODY_ELSE = InboxLine(replace(REPLY, not_theirs=True), False, True, "Hello <page>", _NOTED, "> quoted <page>")

TEMPLATE = "screens/reply.html"
MODELS: dict[str, dict[str, object]] = {
    "full": _FINE | {"line": InboxLine(REPLY, False, True, "Hello <page>")},
    "suspected": _FINE
    | {"line": InboxLine(replace(REPLY, intent="opt_out"), False, True, "Hello <page>"), "suspected": True},
    "unclear": _FINE
    | {
        "line": InboxLine(REPLY, False, True, "Hello <page>"),
        "address": Address("/console/inbox/r1", {"unclear": "1"}),
    },
    "refused": _FINE
    | {"line": InboxLine(REPLY, False, True, "Hello <page>"), "problem": "no <page>", "words": "Hello <page>"},
    "somebody_else": _FINE | {"line": _SOMEBODY_ELSE},
    "too_late": _FINE
    | {
        "line": InboxLine(REPLY, False, True, "Hello <page>", no_answer="they wrote long ago <page>"),
        "words": "Hello <page>",
    },
    "masked": _FINE | {"line": InboxLine(PLAIN, True, False, "Hello <page>")},
}
