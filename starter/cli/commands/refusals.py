"""``relance refusals``: who did not enter, and why."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.reading.refused import RefusalRow
    from starter.cli.row_names import RowNames

_SAID = {"standing": "still applies", "passed": "passed", "entered": "enrolled since"}


def refusals(
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.")] = None,
    person: Annotated[str | None, typer.Option(help="Only of this person (id).")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as unreachable.")] = None,
    standing: Annotated[bool, typer.Option("--standing", help="Only those who have not been enrolled since.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List who was not enrolled, why, and whether it still applies.

    Both rule matches and requests by people or programs.
    """
    from sequences.auto_enroll.messages import Refused

    if reason is not None and reason not in set(Refused):
        raise typer.BadParameter(f"unknown reason {reason}; known reasons: {', '.join(Refused)}", param_hint="--reason")
    asked = {"sequence": sequence, "reason": reason, "state": "standing" if standing else None}
    rows, names = run(_refusals(asked, person, limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Refusals",
        ("person", "why", "sequence", "now", "last", "times", "asked", "about"),
        (
            (
                names.person(row.person, row.name),
                row.words,
                Whole(row.sequence),
                _SAID[row.state],
                row.at,
                row.times,
                row.via,
                names.id(IdKind.PLACEMENT, row.record) if row.record != row.person else None,
            )
            for row in rows
        ),
        empty="no refusals" if not (sequence or person or reason or standing) else "no refusal of that kind",
    )
    again = sum(row.looked_at_again for row in rows)
    if again:
        words = number_of(again, "of them is", "of them are")
        output.say(f"{words} checked again when the missing data arrives, and by the daily scan")
    if len(rows) == limit:
        output.say("there may be more; use --limit")
    if sequence and len(rows) > 1:
        counts = Counter(row.words for row in rows if row.state == "standing").most_common()
        if counts:
            output.say("standing: " + ", ".join(f"{number} {why}" for why, number in counts))


async def _refusals(asked: dict[str, str | None], person: str | None, limit: int) -> tuple[list[RefusalRow], RowNames]:
    from services.reading import refused
    from services.reading.id_prefix import whole_id
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        await warn_of_unpublished(connection, asked["sequence"])
        whole = person and await whole_id(connection, IdKind.PERSON, person)
        rows = await refused.refusals(connection, {**asked, "person": whole}, limit=limit)
        placements = [row.record for row in rows if row.record != row.person]
        return rows, await shown(
            connection, {IdKind.PERSON: [row.person for row in rows], IdKind.PLACEMENT: placements}
        )
