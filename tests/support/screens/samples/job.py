"""A job: waiting, under way, and each end."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.jobs import JobLine
from services.jobs.job import JobState
from starter.console.address import Address

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
RUNNING = JobLine(
    id="jabcdefghijk",
    kind="move_runs",
    subject="New <page> services",
    sequence="new-services",
    request={"version": 2, "reason": ""},
    by="Lea Dupont",
    state=JobState.RUNNING,
    total=1200,
    done=340,
    result=None,
    notes=(),
    problem=None,
    created_at=AT,
    ended_at=None,
    cancelling=False,
    may_cancel=True,
)
WAITING = replace(RUNNING, state=JobState.WAITING, total=None, done=0, may_cancel=False, by=None)
NOTES = ("2 runs: it is waiting <page> for an answer", "1 run: it is over")
DONE = replace(
    RUNNING, state=JobState.DONE, may_cancel=False, result="1,197 runs moved, 3 not", notes=NOTES, ended_at=AT
)
FAILED = replace(RUNNING, state=JobState.FAILED, may_cancel=False, problem="there is no version 9", ended_at=AT)
_KEPT = {"address": Address("/console/jobs/jabcdefghijk", {})}

TEMPLATE = "screens/job.html"
FRAGMENTS = ("progress",)
MODELS = {
    "running": {**_KEPT, "job": RUNNING},
    "counting": {**_KEPT, "job": replace(RUNNING, total=None, done=0)},
    "scanning": {**_KEPT, "job": replace(RUNNING, kind="scan", request={"origin": "scan"}, total=None)},
    "waiting": {**_KEPT, "job": WAITING},
    "cancelling": {**_KEPT, "job": replace(RUNNING, cancelling=True)},
    "cancelled": {**_KEPT, "job": replace(RUNNING, state=JobState.CANCELLED, ended_at=AT)},
    "done": {**_KEPT, "job": DONE},
    **{
        f"lists_{kind}": {**_KEPT, "job": replace(DONE, kind=kind, request={"days": "2026-12-24"})}
        for kind in ("pause_runs", "resume_runs", "stop_runs", "scan", "plan_again")
    },
    "paused": {**_KEPT, "job": replace(DONE, kind="pause_runs", sequence="", request={}, hold="h2345678901")},
    "failed": {**_KEPT, "job": FAILED},
    "rehearsed": {**_KEPT, "job": replace(DONE, kind="rehearse", request={})},
    "of_a_newer_release": {**_KEPT, "job": replace(RUNNING, kind="tidy", sequence="", request={})},
}
