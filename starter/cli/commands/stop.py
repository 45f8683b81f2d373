"""``relance stop``: stops a run."""

from __future__ import annotations

from sequences.runs.state import Command
from starter.cli.options import Json, Key
from starter.cli.steering import Enrollment, Reason, steer


def stop(enrollment: Enrollment, reason: Reason = "", key: Key = None, as_json: Json = False) -> None:
    """Stop a run permanently."""
    steer(enrollment, Command(key or "", "stop", reason), as_json=as_json)
