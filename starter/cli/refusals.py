"""``relance refusals``: who did not enter, and why."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from starter.refused import RefusalRow

_SAID = {"standing": "stands", "passed": "passed", "entered": "entered since"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(refusals)


def refusals(
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.")] = None,
    person: Annotated[str | None, typer.Option(help="Only of this person (id).")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as unreachable.")] = None,
    standing: Annotated[bool, typer.Option("--standing", help="Only those who have not entered since.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List who matched a rule, or was asked for, and did not enter: the reason, when, and whether it still stands."""
    rows = run(_refusals(sequence, person, reason, standing=standing, limit=limit))
    if as_json:
        output.print_json(rows)
        return
    output.table(
        "Refusals",
        ("person", "sequence", "why", "asked", "times", "last", "now"),
        ((_who(row), row.sequence, row.words, row.via, row.times, row.at, _SAID[row.state]) for row in rows),
        empty="nobody was refused" if not (sequence or person or reason or standing) else "no refusal of that kind",
    )
    again = sum(row.looked_at_again for row in rows)
    if again:
        words = "1 of them is" if again == 1 else f"{again} of them are"
        output.say(f"{words} looked at again when what is missing comes, and by the daily scan")
    if len(rows) == limit:
        output.say("there may be more: --limit")
    if sequence and len(rows) > 1:
        counts = Counter(row.words for row in rows if row.state == "standing").most_common()
        if counts:
            output.say("standing: " + ", ".join(f"{number} {why}" for why, number in counts))


def _who(row: RefusalRow) -> str:
    about = row.person if row.record == row.person else f"{row.person}, {row.record}"
    return f"{row.name} ({about})" if row.name else about


async def _refusals(
    sequence: str | None, person: str | None, reason: str | None, *, standing: bool, limit: int
) -> list[RefusalRow]:
    from starter import refused

    async with open_database() as database, database.transaction() as connection:
        return await refused.refusals(
            connection, sequence=sequence, person=person, reason=reason, standing=standing, limit=limit
        )
