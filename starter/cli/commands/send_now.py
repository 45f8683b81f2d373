"""``relance send-now``: sends the next step of a run at once."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, OneStep, Reason, steer


def send_now(
    enrollment: Enrollment, step: OneStep = "", reason: Reason = "", key: Key = None, as_json: Json = False
) -> None:
    """Send the next step of a run at once.

    Ignores the windows, weekends and holidays of its schedule.
    """
    steer(enrollment, Command(key or "", "send-now", reason, step=step), as_json=as_json)
