"""``relance token``: named tokens of the HTTP API."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.postgres import listings
from sequences.access.token_scope import TokenScope
from sequences.definition.until_text import read_until
from sequences.errors import DefinitionError
from starter.cli import output, tables
from starter.cli.instants import span
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.access.tokens import MadeToken

_TABLE = ListTable(
    listings.API_TOKENS,
    "Tokens",
    ("name", "scopes", "created", "expires", "last used", "revoked", "id"),
    lambda row, _names: (
        tables.Whole(row.name),
        ", ".join(row.scopes),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
        tables.Whole(row.id),
    ),
    "there are no named tokens yet; `relance token create NAME --scope read` makes one",
)

app = typer.Typer(
    cls=ListsByDefault,
    help="Named tokens of the HTTP API, each with scopes.\n\n`relance token` is `token list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Which = Annotated[str, typer.Argument(metavar="TOKEN", help="Name or id of the token.", show_default=False)]


@app.command("list")
def list_(limit: Limit = 50, as_json: Json = False) -> None:
    """List tokens, newest first, without their secrets."""
    _TABLE.show(limit, as_json=as_json)


@app.command("create")
def create_(
    name: Annotated[str, typer.Argument(help="Who or what uses it, such as crm-sync.", show_default=False)],
    scope: Annotated[
        list[TokenScope],
        typer.Option(help="What it may do; give it again for more. admin may do everything.", show_default=False),
    ],
    expires: Annotated[
        str | None,
        typer.Option(help="A date, an instant, or a time from now such as `90 days`.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a token and print it: the only time that it is shown."""
    _show(
        run(_create(name, scope, expires)),
        f"the token {name} is created; keep it, it is not shown again",
        as_json=as_json,
    )


@app.command("rotate")
def rotate_(
    token: Which,
    grace: Annotated[
        str, typer.Option(help="For how long the former secret still works; `0 hours` ends it at once.")
    ] = "24 hours",
    as_json: Json = False,
) -> None:
    """Give a token a new secret; for a while the former one works, too."""
    made = run(_rotate(token, grace))
    _show(made, f"the token {made.name} has a new secret; keep it, it is not shown again", as_json=as_json)
    if not as_json and made.former_until is not None:
        output.say(f"the former secret works until {output.cell(made.former_until)}")


@app.command("revoke")
def revoke_(token: Which, as_json: Json = False) -> None:
    """Revoke a token at once; the same again changes nothing."""
    found = run(_revoke(token))
    if as_json:
        output.print_json({"id": found, "revoked": True})
    else:
        output.say(f"the token {token} is revoked", style="green")


def _show(made: MadeToken, words: str, *, as_json: bool) -> None:
    if as_json:
        plain = {"id": made.id, "name": made.name, "token": made.token, "former_until": made.former_until}
        output.print_json(plain)
        return
    output.say(words, style="green")
    output.say(made.token)


async def _create(name: str, scopes: list[TokenScope], expires: str | None) -> MadeToken:
    from adapters.clock import utc_now
    from sequences.access.token_scope import parse_scopes
    from services.access.audit import CLI
    from services.access.tokens import NewToken, create_token

    now = utc_now()
    try:
        until = read_until(expires, now, "the end of a token") if expires is not None else None
    except DefinitionError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await create_token(connection, CLI, NewToken(name, parse_scopes(scopes), until), now)


async def _rotate(token: str, grace: str) -> MadeToken:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.access.tokens import rotate_token

    now = utc_now()
    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await rotate_token(connection, CLI, token, now, span("--grace", grace, now))


async def _revoke(token: str) -> str:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.access.tokens import revoke_token

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await revoke_token(connection, CLI, token, utc_now())
