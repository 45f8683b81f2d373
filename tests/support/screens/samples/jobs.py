"""The list of jobs."""

from dataclasses import replace

from services.console.jobs import JobLines
from starter.console.address import Address
from tests.support.screens.samples.job import DONE, FAILED, RUNNING, WAITING

_KEPT = {"mine": False, "address": Address("/console/jobs", {})}
PAUSED = replace(DONE, kind="pause_runs", request={})

TEMPLATE = "screens/jobs.html"
MODELS = {
    "many": {**_KEPT, "found": JobLines((RUNNING, WAITING, DONE, FAILED, PAUSED), "next")},
    "none": {**_KEPT, "mine": True, "found": JobLines((), None)},
}
