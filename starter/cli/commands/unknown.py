"""``relance unknown``: messages of which nobody knows whether they went out."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.cli.row_names import RowNames

_WAYS = {"assume_sent": "is treated as sent", "resend": "is sent again"}


def unknown(
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List messages that may or may not have been sent.

    Only those that are still unknown, oldest first.
    """
    rows, names = run(_read(limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Unknown",
        ("person", "enrollment", "step", "by", "handed over", "why", "next check", "without proof", "send"),
        (
            (
                names.person(row.person_id),
                names.id(IdKind.ENROLLMENT, row.enrollment_id),
                Whole(row.step),
                row.channel,
                row.claimed_at,
                row.reason,
                row.next_look_at,
                _WAYS[row.if_unknown],
                names.id(IdKind.SEND, row.id),
            )
            for row in rows
        ),
        empty="no unknown sends",
    )


async def _read(limit: int) -> tuple[list[queries.UnresolvedSendsRow], RowNames]:
    from adapters.postgres import queries
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        rows = await queries.unresolved_sends(connection, limit=limit)
        return rows, await shown(
            connection,
            {
                IdKind.PERSON: [row.person_id for row in rows],
                IdKind.ENROLLMENT: [row.enrollment_id for row in rows],
                IdKind.SEND: [row.id for row in rows],
            },
        )
