"""The commands of ``relance mailbox`` for mailboxes that their owners connect at Google or Microsoft."""

# ruff: noqa: PLC0415 - Postgres and Authlib are imported by the commands that need them.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.mail_grant import END_WORDS, MailAccess, MailProviderName
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres import queries

Address = Annotated[str, typer.Argument(help="Address of the mailbox.", show_default=False)]


def connections(as_json: Json = False) -> None:
    """List connected mailboxes, and those whose access has ended."""
    found = run(_grants())
    if as_json:
        output.print_json([_plain(row) for row in found])
        return
    tables.table(
        "Connected mailboxes",
        ("address", "provider", "by", "since", "renewed", "state"),
        (
            (
                tables.Whole(row.address),
                row.provider,
                row.access,
                row.connected_at,
                row.refreshed_at,
                "connected" if row.ended_at is None else f"disconnected: {END_WORDS[row.ended_why or '']}",
            )
            for row in found
        ),
        empty="no mailbox is connected yet; `relance mailbox connect ADDRESS` prints the link for its owner",
    )


def connect(
    address: Address,
    provider: Annotated[
        MailProviderName | None, typer.Option(help="Who keeps the mailbox; else the page asks.", show_default=False)
    ] = None,
    access: Annotated[
        MailAccess | None,
        typer.Option(help="By its SMTP and IMAP servers, or by the API; else the page asks.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the link by which the owner of a mailbox connects it."""
    link = _link(address, provider or "", access or "")
    if as_json:
        output.print_json({"address": address, "link": link})
        return
    output.say("its owner, or an admin, opens this link and signs in at the provider:", style="green")
    output.say(link)


def disconnect(address: Address, as_json: Json = False) -> None:
    """Forget the tokens of a mailbox: its mail waits for new ones."""
    was_connected = run(_disconnect(address))
    if as_json:
        output.print_json({"address": address, "disconnected": was_connected})
    elif was_connected:
        output.say("disconnected; remove Relance from the apps of that account at the provider, too", style="green")
    else:
        output.say("the mailbox was not connected")


def add_connecting(app: typer.Typer) -> None:
    """Adds the commands to the group."""
    app.command("connections")(connections)
    app.command("connect")(connect)
    app.command("disconnect")(disconnect)


def _plain(row: queries.MailboxGrantRow) -> dict[str, object]:
    return {
        "address": row.address,
        "provider": row.provider,
        "access": row.access,
        "connected_at": row.connected_at,
        "refreshed_at": row.refreshed_at,
        "ended_at": row.ended_at,
        "ended_why": row.ended_why,
    }


def _link(address: str, provider: str, access: str) -> str:
    from adapters.settings import load_settings
    from sequences.email_address import email_problem
    from sequences.errors import RefusedError, RequestRefused, SettingsError
    from services.access.addresses import mailbox_connect_address
    from services.mail_access.grants import grant_key
    from starter.mailbox_access import providers_of

    problem = email_problem(address)
    if problem is not None:
        raise RefusedError(RequestRefused.INVALID, f"not an e-mail address: {problem}")
    settings = load_settings()
    known = providers_of(settings)
    if not known or (provider and provider not in known):
        name = (provider or "google").upper()
        raise SettingsError(
            f"Relance is not registered there: set RELANCE_{name}_CLIENT_ID and its secret; docs/transports.md says how"
        )
    return mailbox_connect_address(settings.public_url, grant_key(address), provider, access)


async def _grants() -> list[queries.MailboxGrantRow]:
    from adapters.postgres import queries

    async with open_database() as database, database.transaction() as connection:
        return await queries.all_mailbox_grants(connection)


async def _disconnect(address: str) -> bool:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.access.audit import CLI
    from services.mail_access.grants import disconnect_mailbox
    from starter.mailbox_access import ending_push

    async with (
        open_database() as database,
        ending_push(load_settings(), database, address, utc_now),
        database.transaction() as connection,
    ):
        return await disconnect_mailbox(connection, CLI, address, utc_now())
