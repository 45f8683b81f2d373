"""Two versions of a sequence, line by line."""

from services.drafts.compare import Comparison
from starter.console.address import Address
from tests.support.screens.samples.editor_changes import COMPARISON
from tests.support.screens.samples.sequence import HEAD

_KEPT = {
    "head": HEAD,
    "before": 1,
    "after": 2,
    "versions": [("2", "Version 2"), ("1", "Version 1")],
    "address": Address("/console/sequences/new-services/compare", {}),
}

TEMPLATE = "screens/sequence_compare.html"
MODELS = {
    "some": {**_KEPT, "comparison": COMPARISON},
    "same": {**_KEPT, "comparison": Comparison((), ())},
}
