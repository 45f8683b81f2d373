"""``relance companies``: replies that speak for a whole company, and what a person decides about them."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.postgres import listings
from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.operations.company_opt_outs import CompanyDecision, Scope

_TABLE = ListTable(
    listings.COMPANY_OPT_OUTS,
    "Company opt-outs",
    ("person", "reply", "text", "client", "domain", "state", "people", "when", "owner"),
    lambda row, names: (
        names.person(row.person_id),
        names.id(IdKind.REACTION, row.reply),
        row.text,
        row.client_id,
        row.domain,
        output.state(row.state),
        row.people,
        row.noticed_at,
        names.id(IdKind.OWNER, row.owner_id),
    ),
    "no reply asks for a whole company",
)

app = typer.Typer(
    cls=ListsByDefault,
    help="List replies that opt a company out; decide about them.\n\n`relance companies` is `relance companies list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Reply = Annotated[str, typer.Argument(help="Id of the reply, or its first characters.", show_default=False)]
By = Annotated[str, typer.Option(help="Who decides.", show_default=False)]


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List replies that ask not to write to anybody at a company.

    The oldest first.
    """
    _TABLE.show(limit, as_json=as_json, asked={} if everything else {"state": "open"})


@app.command("suppress")
def suppress_(
    reply: Reply,
    client: Annotated[bool, typer.Option("--client", help="Only the contacts of the client.")] = False,
    domain: Annotated[bool, typer.Option("--domain", help="Only addresses of the domain.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Suppress the client and the domain; their open runs end.

    Addresses of the domain that are added later are suppressed too.
    """
    if client and domain:
        raise typer.BadParameter("give one of --client and --domain, or neither for both")
    done = run(_decide(reply, "client" if client else "domain" if domain else "both", by))
    if as_json:
        output.print_json(done)
        return
    what = " and ".join(filter(None, (done.client and f"client {done.client}", done.domain and f"@{done.domain}")))
    if done.repeated:
        output.say(f"{what}: suppressed before; nothing changed", style="yellow")
        return
    people, runs = number_of(done.people, "person", "people"), number_of(done.runs, "open run ends", "open runs end")
    output.say(f"{what}: {people} suppressed on every channel; {runs}", style="green")


@app.command("dismiss")
def dismiss_(reply: Reply, by: By = "", as_json: Json = False) -> None:
    """Say that a reply does not speak for its company."""
    done = run(_decide(reply, None, by))
    if as_json:
        output.print_json(done)
    else:
        output.say(f"{done.reply}: dismissed; nobody is suppressed because of it", style="green")


async def _decide(given: str, scope: Scope | None, by: str) -> CompanyDecision:
    from adapters.clock import utc_now
    from services.operations.company_opt_outs import Decider, dismiss_company, suppress_company
    from services.reading.id_prefix import find

    who = Decider(by or None, utc_now())
    async with open_database(migrate=True) as database, database.transaction() as connection:
        reply = await find(connection, IdKind.REACTION, given)
        if scope is None:
            return await dismiss_company(connection, reply, who)
        return await suppress_company(connection, reply, scope, who)
