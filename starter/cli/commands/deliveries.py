"""``relance deliveries``: webhooks and enrollments that sequences asked for, and another try for the dead ones."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.operations.retry_delivery import DeliveryLine
    from starter.cli.row_names import RowNames


app = typer.Typer(
    cls=ListsByDefault,
    help="List waiting or dead webhooks and enrollments; retry.\n\n`relance deliveries` is `relance deliveries list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_(
    dead: Annotated[bool, typer.Option("--dead", help="Only those that could not be delivered.")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that are still retried.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are finished.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List deliveries that wait or could not be delivered.

    Oldest request first.
    """
    from services.operations.retry_delivery import OPEN, STATES

    asked = [state for state, wanted in (("dead", dead), ("pending", pending)) if wanted]
    lines, names = run(_list(asked or (STATES if everything else OPEN), limit))
    if as_json:
        output.print_json(lines)
        return
    tables.table(
        "Deliveries",
        (
            "person",
            "delivery",
            "state",
            "what",
            "to",
            "why",
            "tries",
            "next try",
            "about",
            "requested",
            "sequence",
            "enrollment",
        ),
        (
            (
                names.person(each.person),
                names.id(IdKind.DELIVERY, each.id),
                output.state(each.state),
                each.kind,
                each.to,
                each.reason,
                each.tries,
                each.next_try_at,
                each.event,
                each.at,
                Whole(each.sequence),
                names.id(IdKind.ENROLLMENT, each.enrollment),
            )
            for each in lines
        ),
        empty="no delivery waits, and none is dead",
    )


@app.command("retry")
def retry_(
    delivery: Annotated[
        str | None, typer.Argument(help="Id of a delivery, or its first characters.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
    as_json: Json = False,
) -> None:
    """Retry a delivery at once, with a new deadline.

    The receiver gets the same Idempotency-Key as before.
    """
    if (delivery is None) is not everything:
        raise typer.BadParameter("give the id of a delivery, or --all for all dead ones")
    if delivery is None:
        number = run(_retry_all())
        if as_json:
            output.print_json({"retried": number})
        else:
            output.say(f"{number_of(number, 'dead delivery is', 'dead deliveries are')} retried within seconds")
        return
    line = run(_retry(delivery))
    if as_json:
        output.print_json(line)
    else:
        output.say(f"{line.id} ({line.kind} to {line.to}) is retried within seconds")


@app.command("redeliver")
def redeliver_(
    delivery: Annotated[str, typer.Argument(help="Id of a delivery, or its beginning.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Post a delivered webhook once more.

    The receiver gets the same ids as before, so that it can tell.
    """
    line = run(_redeliver(delivery))
    if as_json:
        output.print_json(line)
    else:
        output.say(f"{line.id} to {line.to} is posted once more within seconds")


async def _list(states: tuple[str, ...] | list[str], limit: int) -> tuple[list[DeliveryLine], RowNames]:
    from services.operations.retry_delivery import deliveries
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        lines = await deliveries(connection, states, limit=limit)
        return lines, await shown(
            connection,
            {
                IdKind.PERSON: [each.person for each in lines],
                IdKind.DELIVERY: [each.id for each in lines],
                IdKind.ENROLLMENT: [each.enrollment for each in lines],
            },
        )


async def _retry(given: str) -> DeliveryLine:
    from services.operations.retry_delivery import retry
    from services.reading.id_prefix import find

    async with open_database() as database, database.transaction() as connection:
        return await retry(connection, await find(connection, IdKind.DELIVERY, given))


async def _redeliver(given: str) -> DeliveryLine:
    from services.operations.retry_delivery import redeliver
    from services.reading.id_prefix import find

    async with open_database() as database, database.transaction() as connection:
        return await redeliver(connection, await find(connection, IdKind.DELIVERY, given))


async def _retry_all() -> int:
    from services.operations.retry_delivery import retry_all

    async with open_database() as database, database.transaction() as connection:
        return await retry_all(connection)
