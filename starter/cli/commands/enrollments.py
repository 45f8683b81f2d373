"""``relance enrollments``: the runs, newest first."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.cli.row_names import RowNames

State = Literal["starting", "active", "paused", "held", "reacting", "stopped", "finished"]


def enrollments(
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.")] = None,
    state: Annotated[
        State | None, typer.Option(metavar="STATE", help=f"Only in this state: {', '.join(get_args(State))}.")
    ] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List enrollments, newest first."""
    rows, names = run(_enrollments(sequence, state, limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Enrollments",
        ("person", "enrollment", "sequence", "state", "reason", "next step", "due", "about", "enrolled"),
        (
            (
                names.person(row.person_id),
                names.id(IdKind.ENROLLMENT, row.id),
                Whole(f"{row.sequence} v{row.version}"),
                output.state(row.state),
                row.reason,
                row.next_step and Whole(row.next_step),
                row.next_due_at or (output.WAITS if row.waits_for else None),
                names.id(IdKind.PLACEMENT, row.record_id) if row.record_type == "placement" else None,
                row.enrolled_at,
            )
            for row in rows
        ),
        empty="no enrollments",
    )


async def _enrollments(
    sequence: str | None, state: str | None, limit: int
) -> tuple[list[queries.ListedEnrollmentsRow], RowNames]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        await warn_of_unpublished(connection, sequence)
        asked = {"sequence": sequence, "state": [state] if state else None}
        rows = (await page(connection, listings.ENROLLMENTS, asked, limit=limit)).rows
        placements = [row.record_id for row in rows if row.record_type == "placement"]
        return rows, await shown(
            connection,
            {
                IdKind.PERSON: [row.person_id for row in rows],
                IdKind.ENROLLMENT: [row.id for row in rows],
                IdKind.PLACEMENT: placements,
            },
        )
