"""The list of sequences where there is none, or none that fits."""

from services.console.sequences import SequenceSummaries, SequencesView
from tests.support.screens.samples.sequences import ADDRESS, STATES

_KEPT = {
    "numbers": None,
    "drafts": (),
    "slow": False,
    "states": STATES,
    "address": ADDRESS,
    "found": SequenceSummaries((), 0, None),
}

TEMPLATE = "screens/sequences.html"
MODELS = {"none": {**_KEPT, "asked": SequencesView()}, "none_fits": {**_KEPT, "asked": SequencesView("x<page>y")}}
