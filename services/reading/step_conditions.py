"""The conditions of steps (``if:``) in words, for lists over the runs of many sequences and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.step_conditions import StepConditions
from sequences.runs.step_conditions import condition_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection


async def conditions_of(
    connection: Connection, versions: Iterable[tuple[str, int]]
) -> dict[tuple[str, int, str], tuple[str, ...]]:
    """Of these versions of sequences: sequence, version and step to the conditions. Steps without any are left out."""
    wanted = sorted(set(versions))
    rows = await queries.step_conditions(
        connection, sequences=[name for name, _ in wanted], versions=[version for _, version in wanted]
    )
    return {
        (row.sequence, row.version, row.step): condition_words(StepConditions.model_validate(row.conditions))
        for row in rows
    }
