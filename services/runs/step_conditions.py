"""Asks whether the conditions of a step hold at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.happenings import HappeningKind
from sequences.runs.step_conditions import Happened, asks_what_happened, unmet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from services.runs.planning import RunContext

_WENT = frozenset({"sent", "unknown"})


async def unmet_condition(
    connection: Connection, context: RunContext, step: Step, steps: Sequence[queries.EnrollmentStepRow]
) -> str:
    """Why a step is not taken now, for its row; empty when its conditions hold or it has none.

    Args:
        connection: reads only.
        context: of the run, with the record as it is now.
        step: is due.
        steps: the run's rows of ``enrollment_step``.
    """
    conditions = step.conditions
    if conditions is None:
        return ""
    happened: list[Happened] = []
    if asks_what_happened(conditions):
        rows = await queries.happenings_of(connection, enrollment_id=context.run.id)
        happened = [Happened(row.kind, row.step, row.label) for row in rows]
        happened += [Happened(HappeningKind.SENT, row.step) for row in steps if row.state in _WENT]
    missing = unmet(conditions, context.view, happened)
    return f"if: {missing}" if missing else ""
