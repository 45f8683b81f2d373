"""``relance crm``: the CRM that is read and written, and how that is getting on."""

# ruff: noqa: PLC0415 - Postgres and HTTP are imported by the commands that need them.
from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.postgres import listings
from sequences.errors import SettingsError
from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.crm.check import CrmCheck
    from services.crm.read_changes import CrmLook
    from services.crm.status import CrmStatus
    from starter.crm_wiring import CrmParts

_TABLE = ListTable(
    listings.CRM_WRITES,
    "Writes to the CRM",
    ("id", "what", "because of", "record there", "since", "state", "tries", "what came of it"),
    lambda row, _names: (
        tables.Whole(row.id),
        row.kind,
        row.occasion,
        f"{row.entity} {row.record}",
        row.at,
        row.state,
        row.tries,
        row.result,
    ),
    "nothing was written to the CRM, and nothing waits",
)


class _ShowsStatus(ListsByDefault):
    """``relance crm`` is ``relance crm status``."""

    by_default = "status"


app = typer.Typer(
    cls=_ShowsStatus,
    help="Read and write the CRM; check, status, backfill, retry.\n\n`relance crm` is `relance crm status`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("check")
def check_(
    file: Annotated[
        Path | None, typer.Argument(help="A mapping file; default: RELANCE_CRM_FILE.", show_default=False)
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Only the file: do not ask the CRM.")] = False,
    accept_account: Annotated[
        bool, typer.Option("--accept-account", help="The login belongs to another account now, and that is right.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check the mapping file, the login, and the fields of the CRM."""
    from adapters.settings import load_settings
    from starter.crm_wiring import mapping_reading

    settings = load_settings()
    if file is not None:
        settings = settings.model_copy(update={"crm_file": str(file)})
    reading = mapping_reading(settings)
    if reading is None:
        raise SettingsError("RELANCE_CRM_FILE is empty; name a mapping file, such as examples/crm/bullhorn.yaml")
    found = None
    if reading.mapping is not None and not offline:
        found = run(_check(settings, accept_account=accept_account))
    problems = [*map(str, reading.problems), *(found.problems if found is not None else ())]
    if as_json:
        output.print_json(
            {
                "file": settings.crm_file,
                "good": reading.mapping is not None and not (found and found.problems),
                "problems": problems,
                "account": found.account if found is not None else None,
                "unknown": list(found.unknown) if found is not None else [],
            }
        )
    else:
        for line in problems:
            output.say(line)
        for entity in found.unknown if found is not None else ():
            output.say(f"{entity}: the CRM does not say which fields it has; compare them yourself")
        if reading.mapping is not None and not (found and found.problems):
            account = f", account {found.account}" if found is not None and found.account else ""
            asked = "the file is good; the CRM was not asked" if found is None else f"everything fits{account}"
            output.say(asked, style="green")
    if reading.mapping is None or (found is not None and found.problems):
        raise typer.Exit(2)


@app.command("status")
def status_(as_json: Json = False) -> None:
    """Show when the CRM was read, what waits, and what failed."""
    found = run(_status())
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "The CRM",
        ("what", "how it is"),
        (
            ("CRM", tables.Whole(found.crm or "none: RELANCE_CRM_FILE is empty")),
            ("state", tables.Whole(found.state.replace("_", " "))),
            ("account", tables.Whole(found.account or "")),
            ("problem", tables.Whole(found.problem or "")),
            ("asked again", found.not_before),
            ("last look", found.looked_at),
            ("read up to", found.read_at),
            ("all records read", found.backfilled_at or ("under way" if found.backfill_under_way else "")),
            ("records read", found.records_read),
            ("items refused", found.records_refused),
            ("last reason", tables.Whole(found.refused_reason or "")),
            ("writes waiting", found.waiting + found.unplanned),
            ("oldest of them", found.oldest_waiting),
            ("writes dead", found.dead),
            ("last write", found.written_at),
        ),
        empty="",
    )


@app.command("writes")
def writes_(
    dead: Annotated[bool, typer.Option("--dead", help="Only what failed for good.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List what is written to the CRM, newest first."""
    _TABLE.show(limit, as_json=as_json, asked={"state": "dead"} if dead else {})


@app.command("sync")
def sync_(as_json: Json = False) -> None:
    """Read what changed and write what waits now, once."""
    look, more = run(_sync())
    if as_json:
        output.print_json(look)
    elif look.elsewhere:
        output.say("another process reads the CRM at this moment (`relance serve`); nothing to do")
    elif look.problem:
        output.say(f"error: {look.problem}", style="red")
    else:
        refused = f", {number_of(look.refused, 'item')} refused" if look.refused else ""
        output.say(f"{number_of(look.read, 'record')} read{refused}; {more}", style="green")
    if look.problem:
        raise typer.Exit(5)


@app.command("backfill")
def backfill_(
    again: Annotated[bool, typer.Option("--again", help="From the first record, whatever was read before.")] = False,
    as_json: Json = False,
) -> None:
    """Have `relance serve` read all records, from where it was."""
    job = run(_backfill(again=again))
    if as_json:
        output.print_json({"job": job})
    else:
        output.say(f"`relance serve` reads all records; `relance jobs show {job}` says how far it is", style="green")


@app.command("retry")
def retry_(
    write: Annotated[str | None, typer.Argument(help="Id of a write; default: all that are dead.")] = None,
    as_json: Json = False,
) -> None:
    """Try dead writes again."""
    count = run(_retry(write))
    if as_json:
        output.print_json({"retried": count})
    else:
        output.say(f"{number_of(count, 'write')} tried again by `relance serve`", style="green")


async def _check(settings: Any, *, accept_account: bool) -> CrmCheck:
    from adapters.postgres import queries
    from services.crm.check import check_connection
    from starter.crm_wiring import adapter_of, mapping_of

    mapping = mapping_of(settings)
    assert mapping is not None, "it was read before"
    crm = adapter_of(settings, mapping, None)
    try:
        found = await check_connection(crm, mapping)
    finally:
        await crm.aclose()
    if accept_account:
        async with open_database(migrate=True) as database, database.transaction() as connection:
            await queries.know_crm(connection, name=mapping.crm)
            await queries.keep_crm_account(connection, name=mapping.crm, account=found.account, instead=True)
            await queries.ask_crm_at_once(connection, name=mapping.crm)
    return found


async def _status() -> CrmStatus:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.crm.status import crm_status
    from starter.crm_wiring import mapping_of

    mapping = mapping_of(load_settings())
    async with open_database() as database, database.transaction() as connection:
        return await crm_status(connection, mapping.crm if mapping is not None else None, utc_now())


async def _sync() -> tuple[CrmLook, str]:
    async with _parts() as parts:
        await parts.connected.register()
        look = await parts.reading.look()
        while await parts.planning.plan():
            continue
        while await parts.sending.send():
            continue
    return look, "what waited was written"


async def _backfill(*, again: bool) -> str:
    from adapters.clock import utc_now
    from services.crm.backfill import ask_for_backfill

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await ask_for_backfill(connection, _name(), utc_now(), again=again)


async def _retry(write: str | None) -> int:
    from adapters.clock import utc_now
    from services.crm.status import retry_crm_writes

    async with open_database(migrate=True) as database, database.transaction() as connection:
        return await retry_crm_writes(connection, _name(), write, utc_now())


def _name() -> str:
    from adapters.settings import load_settings
    from starter.crm_wiring import mapping_of

    mapping = mapping_of(load_settings())
    if mapping is None:
        raise SettingsError("RELANCE_CRM_FILE is empty: no CRM is read or written")
    return mapping.crm


@asynccontextmanager
async def _parts() -> AsyncIterator[CrmParts]:
    from adapters.settings import load_settings
    from starter.crm_wiring import crm_parts, intake_of

    settings = load_settings()
    async with open_database(migrate=True) as database:
        intake = intake_of(settings, database)
        async with crm_parts(settings, database, intake) as parts:
            if parts is None:
                raise SettingsError("RELANCE_CRM_FILE is empty: no CRM is read or written")
            yield parts
