"""``relance pause``: pauses a run."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Reason, steer


def pause(enrollment: Enrollment, reason: Reason = "", key: Key = None, as_json: Json = False) -> None:
    """Pause a run until it is resumed."""
    steer(enrollment, Command(key or "", "pause", reason), as_json=as_json)
