"""``relance suppress``: an address or number that must not be contacted, or may be again."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.channels import CHANNELS
from sequences.number_words import number_of
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import open_database, run

BY = "CLI"


if TYPE_CHECKING:

    class SuppressedChannel(StrEnum):
        """By what an address must not be contacted."""

        ALL = "all"
else:
    SuppressedChannel = StrEnum("SuppressedChannel", {name.upper(): name for name in ("all", *map(str, CHANNELS))})


def suppress(
    address: Annotated[str, typer.Argument(help="An e-mail address or a phone number.", show_default=False)],
    channel: Annotated[SuppressedChannel, typer.Option(help="By what it must not be contacted.")] = (
        SuppressedChannel.ALL
    ),
    lift: Annotated[bool, typer.Option("--lift", help="It may be contacted again; needs --because.")] = False,
    because: Annotated[str, typer.Option(help="Why it is lifted; no personal data.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Keep an address from being contacted, or allow it again.

    --lift ends everything that is in force against it, under any person.
    """
    if lift:
        key, ids = run(_lift(address, because))
        if as_json:
            output.print_json({"address": key, "lifted": ids})
        else:
            output.say(f"{key} may be contacted again; {number_of(len(ids), 'suppression')} lifted", style="green")
        return
    key, added = run(_suppress(address, channel))
    if as_json:
        output.print_json({"address": key, "channel": channel.value, "repeated": not added})
    elif added:
        output.say(f"{key} is not contacted any more", style="green")
    else:
        output.say(f"{key} was suppressed already", style="yellow")


async def _suppress(written: str, channel: SuppressedChannel) -> tuple[str, bool]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.operations.suppressions import suppress_address, suppressible

    key = suppressible(written, load_settings().phone_region)
    async with open_database(migrate=True) as database, database.transaction() as connection:
        return key, await suppress_address(connection, key, channel.value, BY, utc_now())


async def _lift(written: str, because: str) -> tuple[str, list[int]]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.access.audit import CLI, Deed, record
    from services.operations.suppressions import lift_all, suppressible

    key = suppressible(written, load_settings().phone_region)
    async with open_database(migrate=True) as database, database.transaction() as connection:
        now = utc_now()
        lifted = await lift_all(connection, key, by=BY, reason=because, now=now)
        for each in lifted:
            await record(connection, CLI, Deed("lift_suppression", f"suppression:{each}"), now)
        return key, lifted
