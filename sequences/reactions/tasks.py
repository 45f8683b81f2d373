"""A task that a run waits for is done: how the run is told."""

from __future__ import annotations

from typing import Final

TASK_DONE: Final = "task_done"
"""Kind of the reaction. No author writes rules for it: the run goes on."""
STEP: Final = "step"
"""In its detail: the step whose task it is."""
REASON: Final = "task done"
