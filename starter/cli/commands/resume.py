"""``relance resume``: resumes a paused run."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Mode, Reason, steer


def resume(
    enrollment: Enrollment, mode: Mode = None, reason: Reason = "", key: Key = None, as_json: Json = False
) -> None:
    """Resume a paused run."""
    steer(enrollment, Command(key or "", "resume", reason, mode or ""), as_json=as_json)
