"""``relance events``: what happened, as other systems get it."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.events.read import EventPage, EventsAsked

_WAIT_SECONDS = 30


def events(
    after: Annotated[
        str | None,
        typer.Option(help="A cursor; `0`: all that is kept. Default: the newest events.", show_default=False),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="A type, or a group such as `message.*`; may be repeated.", show_default=False),
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Only of this person, by the CRM's id.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Maximum number of events.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """List what happened, as other systems get it.

    With `--follow --json` each event is a line of JSON.
    """
    from services.events.read import EventsAsked

    newest = after is None
    asked = EventsAsked(after or "0", types or (), person, newest_first=newest, limit=limit)
    if follow:
        run(_follow(asked, as_json=as_json))
        return
    page = run(_read(asked))
    if as_json:
        from sequences.events.catalogue import plain

        output.print_json({"items": [plain(each) for each in page.items], "cursor": page.cursor, "more": page.more})
        return
    _table(page, newest_first=newest)
    output.say(f"go on with --after {page.cursor}")


def _table(page: EventPage, *, newest_first: bool) -> None:
    items = reversed(page.items) if newest_first else page.items
    tables.table(
        "Events",
        ("when", "type", "person", "sequence", "what", "cursor"),
        (
            (
                each.timestamp,
                tables.Whole(each.type),
                getattr(each.data, "person", None),
                getattr(each.data, "sequence", None),
                _what(each.data.model_dump(mode="json")),
                tables.Whole(each.cursor),
            )
            for each in items
        ),
        empty="nothing happened there",
    )


def _what(data: dict[str, object]) -> str:
    """What only events of the type have, without ids."""
    names = ("step", "channel", "label", "reason", "via", "source", "kind", "topic", "fields")
    return ", ".join(f"{name} {data[name]}" for name in names if data.get(name) not in (None, ""))


async def _read(asked: EventsAsked) -> EventPage:
    from services.events.read import read_events

    async with open_database(migrate=True) as database:
        return await read_events(database, asked)


async def _follow(asked: EventsAsked, *, as_json: bool) -> None:
    from dataclasses import replace
    from datetime import timedelta

    from sequences.events.catalogue import plain
    from services.events.read import read_events, wait_for_events

    async with open_database(migrate=True) as database:
        page = await read_events(database, asked)
        # The newest come first once; from then on one after the other.
        items = list(reversed(page.items)) if asked.newest_first else page.items
        asked = replace(asked, newest_first=False)
        while True:
            for each in items:
                if as_json:
                    # Line by line, for programs that read from a pipe.
                    typer.echo(json.dumps(plain(each), separators=(",", ":")))
                else:
                    data = each.data.model_dump(mode="json")
                    who = " ".join(str(data[name]) for name in ("person", "sequence") if data.get(name))
                    output.say(f"{output.cell(each.timestamp)}  {each.type}  {who}  {_what(data)}")
            asked = replace(asked, after=page.cursor)
            page = await wait_for_events(database, asked, timedelta(seconds=_WAIT_SECONDS))
            items = page.items
