"""The definition of a published sequence as a row has it, for tests that write rows."""

from __future__ import annotations

from typing import Any


def stored_definition(sequence: str, *steps: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A sequence of mails to people; a step is an id, or an id with more keys."""
    written = [{"id": step} if isinstance(step, str) else step for step in steps]
    made = [{"email": f"letters/{step['id']}", **step} for step in written]
    return {"sequence": sequence, "name": sequence.capitalize(), "record": "person", "steps": made, **more}
