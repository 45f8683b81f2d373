"""``relance webhook``: endpoints of webhooks with secrets of their own."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from adapters.postgres import listings
from starter.cli import output, tables
from starter.cli.instants import moment_since, span
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.postgres import queries
    from adapters.postgres.database import Connection
    from services.access.audit import Doer
    from services.events.subscriptions import SubscriptionLine
    from services.webhooks.endpoints import MadeSecret
    from services.webhooks.tries import WebhookTry

_T = TypeVar("_T")

_TABLE = ListTable(
    listings.WEBHOOK_ENDPOINTS,
    "Endpoints",
    ("name", "address", "added", "rotated", "id"),
    lambda row, _names: (
        tables.Whole(row.name),
        tables.Whole(row.url),
        row.created_at,
        row.rotated_at,
        tables.Whole(row.id),
    ),
    "there are no endpoints yet; `relance webhook add NAME URL` gives an address a secret of its own",
)

app = typer.Typer(
    cls=ListsByDefault,
    help="Receivers of webhooks: secrets, and events that they get.\n\n`relance webhook` is `webhook list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
After = Annotated[str | None, typer.Option(help="A cursor; `0`: all that is kept.", show_default=False)]
Which = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Name or id of the endpoint.", show_default=False)]


@app.command("list")
def list_(limit: Limit = 50, as_json: Json = False) -> None:
    """List endpoints, newest first, without their secrets."""
    _TABLE.show(limit, as_json=as_json)


@app.command("add")
def add_(
    name: Annotated[str, typer.Argument(help="A name, such as crm.", show_default=False)],
    url: Annotated[str, typer.Argument(help="The address, exactly as sequences have it.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Add an endpoint and print its secret, this once."""
    _show(run(_add(name, url)), f"the endpoint {name} has a secret; keep it, it is not shown again", as_json=as_json)


@app.command("rotate")
def rotate_(
    endpoint: Which,
    grace: Annotated[
        str, typer.Option(help="For how long the former secret signs, too; `0 hours` ends it at once.")
    ] = "24 hours",
    as_json: Json = False,
) -> None:
    """Give an endpoint a new secret; for a while both sign."""
    made = run(_rotate(endpoint, grace))
    _show(made, f"the endpoint {made.name} has a new secret; keep it, it is not shown again", as_json=as_json)


@app.command("remove")
def remove_(endpoint: Which, as_json: Json = False) -> None:
    """Remove an endpoint: its address is signed as before."""
    found = run(_remove(endpoint))
    if as_json:
        output.print_json({"id": found, "removed": True})
    else:
        output.say(f"the endpoint {endpoint} is removed", style="green")


@app.command("test")
def send_test_event_(endpoint: Which, as_json: Json = False) -> None:
    """Post a test event to an endpoint, once."""
    tried = run(_test(endpoint))
    if as_json:
        output.print_json({"webhook": tried.webhook_id, "outcome": tried.outcome, "words": tried.words})
    else:
        output.say(f"{tried.outcome}: {tried.words}", style="green" if tried.outcome == "done" else "red")
    if tried.outcome != "done":
        raise typer.Exit(1)


@app.command("log")
def log_(endpoint: Which, limit: Limit = 50, as_json: Json = False) -> None:
    """List what each try came to, newest first."""
    found = run(_log(endpoint, limit))
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Tries",
        ("when", "webhook", "outcome", "what came of it"),
        ((row.at, tables.Whole(row.webhook_id), row.outcome, row.words) for row in found),
        empty="nothing was posted there in the last thirty days",
    )


@app.command("subscribe")
def subscribe_(
    endpoint: Which,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="A type, or a group such as `message.*`; default: all.", show_default=False),
    ] = None,
    after: After = None,
    with_person: Annotated[bool, typer.Option("--with-person", help="Also names and addresses.")] = False,
    as_json: Json = False,
) -> None:
    """Post events to an endpoint, or change which ones.

    Without `--after`: what happens from now on, or where the subscription is.
    """
    from services.events.subscriptions import Subscribing, subscribe

    wanted = Subscribing(types or (), after, with_person=with_person)
    _show_subscription(
        run(_change(lambda connection, doer, now: subscribe(connection, doer, endpoint, wanted, now))), as_json=as_json
    )


@app.command("unsubscribe")
def unsubscribe_(endpoint: Which, as_json: Json = False) -> None:
    """Post no more events to an endpoint."""
    from services.events.subscriptions import unsubscribe

    found = run(_change(lambda connection, doer, now: unsubscribe(connection, doer, endpoint, now)))
    if as_json:
        output.print_json({"id": found, "subscribed": False})
    else:
        output.say(f"no events are posted to {endpoint} any more", style="green")


@app.command("pause")
def pause_(endpoint: Which, as_json: Json = False) -> None:
    """Post no events until it is resumed; they wait."""
    from services.events.subscriptions import pause_subscription

    line = run(_change(lambda connection, doer, now: pause_subscription(connection, doer, endpoint, now)))
    _show_subscription(line, as_json=as_json)


@app.command("resume")
def resume_(endpoint: Which, as_json: Json = False) -> None:
    """Go on posting events, also after a failure."""
    from services.events.subscriptions import resume_subscription

    line = run(_change(lambda connection, doer, now: resume_subscription(connection, doer, endpoint, now)))
    _show_subscription(line, as_json=as_json)


@app.command("replay")
def replay_(
    endpoint: Which,
    after: After = None,
    since: Annotated[
        str | None,
        typer.Option(help="In place of it a date, an instant, or a time back (`7 days`).", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Post the events behind a cursor once more, in order."""
    from adapters.clock import utc_now
    from services.events.subscriptions import replay

    if (after is None) == (since is None):
        raise typer.BadParameter("give --after CURSOR (0: all that is kept) or --since")
    start = moment_since("--since", since, utc_now())
    line = run(_change(lambda connection, doer, now: replay(connection, doer, endpoint, now, after=after, since=start)))
    _show_subscription(line, as_json=as_json)


@app.command("subscriptions")
def subscriptions_(as_json: Json = False) -> None:
    """List subscriptions to events, and how far each is."""
    found = run(_subscriptions())
    if as_json:
        output.print_json([asdict(line) for line in found])
        return
    tables.table(
        "Subscriptions",
        ("endpoint", "state", "types", "cursor", "behind", "waiting", "replay", "why"),
        (
            (
                tables.Whole(line.endpoint),
                line.state,
                ", ".join(line.types) or "all",
                tables.Whole(line.cursor),
                line.behind,
                line.waiting,
                f"{line.replay.done:.0%}" if line.replay else None,
                line.reason,
            )
            for line in found
        ),
        empty="nobody is subscribed yet; `relance webhook subscribe ENDPOINT` posts events to an endpoint",
    )


def _show_subscription(line: SubscriptionLine, *, as_json: bool) -> None:
    if as_json:
        output.print_json(asdict(line))
        return
    types = ", ".join(line.types) or "all events"
    output.say(
        f"{line.endpoint} gets {types}: {line.state}, posted up to {line.cursor}, {line.behind} behind", style="green"
    )


async def _change(
    work: Callable[[Connection, Doer, datetime], Awaitable[_T]],
) -> _T:
    from adapters.clock import utc_now
    from services.access.audit import CLI

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await work(connection, CLI, utc_now())


async def _subscriptions() -> list[SubscriptionLine]:
    from services.events.subscriptions import subscriptions

    async with open_database() as database, database.transaction() as connection:
        return await subscriptions(connection)


def _show(made: MadeSecret, words: str, *, as_json: bool) -> None:
    if as_json:
        plain = {"id": made.id, "name": made.name, "secret": made.secret, "former_until": made.former_until}
        output.print_json(plain)
        return
    output.say(words, style="green")
    output.say(made.secret)
    if made.former_until is not None:
        output.say(f"the former secret signs, too, until {output.cell(made.former_until)}")


async def _add(name: str, url: str) -> MadeSecret:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.access.audit import CLI
    from services.webhooks.endpoints import Endpoints, NewEndpoint

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await Endpoints(load_settings().keys()).add(connection, CLI, NewEndpoint(name, url), utc_now())


async def _rotate(endpoint: str, grace: str) -> MadeSecret:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.access.audit import CLI
    from services.webhooks.endpoints import Endpoints

    now = utc_now()
    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await Endpoints(load_settings().keys()).rotate(
            connection, CLI, endpoint, now, span("--grace", grace, now)
        )


async def _remove(endpoint: str) -> str:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.webhooks.endpoints import remove_endpoint

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await remove_endpoint(connection, CLI, endpoint, utc_now())


async def _test(endpoint: str) -> WebhookTry:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.webhooks.tries import send_test_event
    from starter.composition import webhooks_of

    async with open_database(migrate=True) as database:
        receivers = webhooks_of(load_settings(), database)
        try:
            return await send_test_event(database, receivers, endpoint, utc_now())
        finally:
            await receivers.aclose()


async def _log(endpoint: str, limit: int) -> list[queries.ListedWebhookTriesRow]:
    from adapters.postgres.paging import page
    from services.webhooks.endpoints import endpoint_of

    async with open_database() as database, database.transaction() as connection:
        found = await endpoint_of(connection, endpoint)
        return (await page(connection, listings.WEBHOOK_TRIES, {"url": found.url}, limit=limit)).rows
