"""One reply, and answering it."""

from dataclasses import replace

from services.console.inbox import InboxLine
from starter.console.address import Address
from tests.support.screens.samples.inbox import PLAIN, REPLY

_ADDRESS = Address("/console/inbox/r1", {})
_FINE: dict[str, object] = {"address": _ADDRESS, "problem": "", "words": "", "suspected": False}

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
    "masked": _FINE | {"line": InboxLine(PLAIN, True, False, "Hello <page>")},
}
