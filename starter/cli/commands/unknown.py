"""``relance unknown``: messages of which nobody knows whether they went out, and settling one."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from starter.cli.row_names import RowNames

_WAYS = {"assume_sent": "is treated as sent", "resend": "is sent again"}


BY = "CLI"

app = typer.Typer(
    cls=ListsByDefault,
    help="List messages that may or may not have been sent; settle one.\n\n"
    "`relance unknown` is `relance unknown list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_(
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


@app.command()
def settle(
    send: Annotated[
        str, typer.Argument(metavar="SEND", help="Id of a send, or its first characters.", show_default=False)
    ],
    went_out: Annotated[
        bool | None,
        typer.Option("--sent/--not-sent", help="What you found, for example in the Sent folder.", show_default=False),
    ] = None,
    by: Annotated[str, typer.Option(help="Who has looked, for people.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Say whether a message went out, after looking.

    A message that did not go out is not sent again because of that; with `if_unknown: resend` its run does so anyway.
    """
    if went_out is None:
        raise typer.BadParameter("say what became of it: --sent or --not-sent")
    identity, done = run(_settle(send, went_out=went_out, by=by.strip() or BY))
    if as_json:
        output.print_json({"send": identity, "repeated": not done})
    elif done:
        output.say(f"{identity} {'was sent' if went_out else 'was not sent'}", style="green")
    else:
        output.say(f"{identity} was settled already; nothing changed", style="yellow")


async def _settle(send: str, *, went_out: bool, by: str) -> tuple[str, bool]:
    from adapters.clock import utc_now
    from services.access.audit import CLI, Deed, record
    from services.operations.settle_unknown import settle_unknown
    from services.reading.id_prefix import find

    async with open_database() as database, database.transaction() as connection:
        identity, now = await find(connection, IdKind.SEND, send), utc_now()
        done = await settle_unknown(connection, identity, went_out=went_out, by=by, now=now)
        if done:
            await record(connection, CLI, Deed("settle_send", f"unknown:{identity}"), now)
        return identity, done


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
