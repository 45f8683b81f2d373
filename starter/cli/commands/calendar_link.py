"""``relance calendar-link``: the address of an owner's calendar, for calendar programs."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import Annotated

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run


def calendar_link(
    owner: Annotated[str, typer.Argument(help="Id of the owner.", show_default=False)],
    revoke: Annotated[bool, typer.Option("--revoke", help="End the link; the next one is another.")] = False,
    as_json: Json = False,
) -> None:
    """Print the link to an owner's calendar.

    Outlook, Google Calendar and Apple Calendar subscribe to it. Everybody who has the link sees the names of the
    recipients of the owner's enrollments, and when steps are planned.
    """
    whole, link = run(_link(owner, revoke=revoke))
    if as_json:
        output.print_json({"owner": whole, "link": link, "revoked": revoke})
    elif link is None:
        output.say(f"the calendar link of {whole} is revoked", style="green")
    else:
        output.say(link)


async def _link(given: str, *, revoke: bool) -> tuple[str, str | None]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.reading.calendar_feed import calendar_link as link_of
    from services.reading.calendar_feed import revoke_calendar_link
    from services.reading.id_prefix import whole_id
    from starter.composition import organisation_of

    organisation = organisation_of(load_settings())
    async with open_database(migrate=True) as database, database.transaction() as connection:
        owner = await whole_id(connection, IdKind.OWNER, given)
        if revoke:
            await revoke_calendar_link(connection, owner, utc_now())
            return owner, None
        return owner, await link_of(connection, organisation, owner, utc_now())
