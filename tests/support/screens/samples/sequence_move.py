"""What a move of open runs would do."""

from services.operations.migrate_runs import Place, Preview, RunPreview
from starter.console.address import Address
from tests.support.screens.samples.sequence import AT, HEAD

OLD, NEW = Place(1, "remind", AT), Place(2, "call", AT)
RUNS = (
    RunPreview("e1", "enrollment:e1", "p1", "Ben <page> Ray", "active", OLD, NEW, {"warm-up": "its day has passed"}),
    RunPreview("e2", "enrollment:e2", "p2", None, "active", OLD, Place(2, None, None), {}, ("introduce",), ("remind",)),
    RunPreview("e3", "enrollment:e3", "p3", "Kim", "held", Place(1, None, None), None, refused="it waits <page>"),
)
_KEPT = {
    "head": HEAD,
    "others": 812,
    "versions": [("2", "Version 2"), ("1", "Version 1")],
    "address": Address("/console/sequences/new-services/move", {}),
}

TEMPLATE = "screens/sequence_move.html"
MODELS = {
    "some": {**_KEPT, "found": Preview("new-services", 2, RUNS, 4, ("step remind is <page> gone",))},
    "nobody": {**_KEPT, "found": Preview("new-services", 2, (), 7, ()), "others": 0},
}
