"""``relance resume``: resumes a paused run."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Reason, steer


def resume(
    enrollment: Enrollment,
    mode: Annotated[
        Literal["shift", "skip", "send_one"] | None,
        typer.Option(help="What to do with steps whose time has passed; default: on_resume of the sequence."),
    ] = None,
    reason: Reason = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Resume a paused run."""
    steer(enrollment, Command(key or "", "resume", reason, mode or ""), as_json=as_json)
