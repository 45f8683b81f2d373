"""``relance pause``: pauses a run."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Reason, Until, pause_end, steer


def pause(
    enrollment: Enrollment, reason: Reason = "", until: Until = None, key: Key = None, as_json: Json = False
) -> None:
    """Pause a run until it is resumed."""
    end = pause_end(until)
    steer(enrollment, Command(key or "", "pause", reason, end.isoformat() if end else ""), as_json=as_json)
