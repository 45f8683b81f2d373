"""``relance doctor``: everything that is wrong with an installation, each with the command that helps."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sequences.errors import SettingsError
from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import run

if TYPE_CHECKING:
    from services.doctor.findings import HealthFinding

_STYLES = {"error": "red", "warning": "yellow", "hint": "bright_black"}


def doctor(as_json: Json = False) -> None:
    """Look for what is wrong, and say which command helps.

    Exit status 1 if there is an error.

    All that relance health checks, and: migrations, search attributes, schedules, stale rows, runs without a workflow,
    secrets and their files, the login of the mail servers, DNS of our domains, clocks, versions and disks. Nothing is
    changed or sent.
    """
    from services.doctor.findings import DoctorReport

    report = DoctorReport.of(run(_examined()))
    if as_json:
        output.print_json(report)
    else:
        tables.table(
            "Findings",
            ("severity", "what", "words", "what helps"),
            (
                (output.safe(str(each.severity), _STYLES[each.severity]), each.what, each.words, each.command)
                for each in report.findings
            ),
            empty="nothing is wrong",
        )
        output.say("; ".join(number_of(number, kind) for kind, number in report.counts.items()))
    if not report.good:
        raise typer.Exit(1)


async def _examined() -> tuple[HealthFinding, ...]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.doctor.findings import HealthFinding
    from starter.doctor import examined

    try:
        settings = load_settings()
    except SettingsError as error:
        # Nothing else can be looked at without them, and this is what is wrong.
        return (HealthFinding("settings", str(error), "see Settings in docs/operations.md"),)
    return await examined(settings, utc_now)
