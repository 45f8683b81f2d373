"""The runs that a job moved or stopped."""

from dataclasses import replace
from datetime import UTC, datetime

from services.console.run_lines import RunLine, RunLines
from starter.console.address import Address
from tests.support.screens.samples.job import DONE

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
_RUN = RunLine("e1", AT, "hello", "Hello <page>", "p1", "Ann <page>", "active", None)
_ADDRESS = Address("/console/jobs/jabcdefghijk/runs", {})

TEMPLATE = "screens/job_runs.html"
MODELS: dict[str, dict[str, object]] = {
    "moved": {"job": DONE, "found": RunLines((_RUN,), "c", others=True), "address": _ADDRESS},
    "stopped": {
        "job": replace(DONE, kind="stop_runs"),
        "found": RunLines((), None, others=False),
        "address": _ADDRESS,
    },
}
