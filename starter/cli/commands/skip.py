"""``relance skip``: skips a step of a run."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, OneStep, Reason, steer


def skip(
    enrollment: Enrollment, step: OneStep = "", reason: Reason = "", key: Key = None, as_json: Json = False
) -> None:
    """Skip the next step of a run, or a given step.

    Later steps are counted from now.
    """
    steer(enrollment, Command(key or "", "skip", reason, step=step), as_json=as_json)
