"""``relance pause``: pauses a run."""

# ruff: noqa: PLC0415 - imported by the command, never by `--help`.
from __future__ import annotations

from typing import Annotated

import typer

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Reason, steer


def pause(
    enrollment: Enrollment,
    reason: Reason = "",
    until: Annotated[
        str | None,
        typer.Option(
            help="Resume then: a length of time from now (2 weeks), an instant or a date (midnight UTC); default: when "
            "somebody does.",
            show_default=False,
        ),
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Pause a run until it is resumed."""
    from adapters.clock import utc_now
    from sequences.definition.until_text import read_until

    end = "" if until is None else read_until(until, utc_now(), "the end of a pause").isoformat()
    steer(enrollment, Command(key or "", "pause", reason, end), as_json=as_json)
