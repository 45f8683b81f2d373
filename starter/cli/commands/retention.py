"""``relance retention``: how long data is kept, what the next pass removes, and a pass now."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.retention.overview import RetainedClass

app = typer.Typer(
    cls=ListsByDefault,
    help="List how long data is kept; remove now what is older.\n\n`relance retention` is `relance retention list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List how long each class of data is kept, and what goes next.

    With its oldest row, how many the next pass removes, and when the last pass was.
    """
    _show(run(_overview()), as_json=as_json)


@app.command("run")
def run_(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    without_notice: Annotated[
        bool, typer.Option("--without-notice", help="Also what is announced for later: do not wait for the 14 days.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove what is older than its period, as each day.

    In small batches; it may be stopped and started again at any time.
    """
    if dry_run:
        _show(run(_overview(without_notice=without_notice)), as_json=as_json)
        return
    removed = run(_remove(without_notice=without_notice, quiet=as_json))
    if as_json:
        output.print_json({"removed": removed})
        return
    output.say(f"{number_of(removed, 'row')} removed; `relance retention` shows of what", style="green")


def _show(classes: tuple[RetainedClass, ...], *, as_json: bool) -> None:
    if as_json:
        output.print_json(classes)
        return
    tables.table(
        "Retention",
        ("what", "kept for", "oldest", "to remove", "last pass", "removed then"),
        (
            (
                tables.Whole(each.kind),
                tables.Whole(each.in_force),
                each.oldest,
                _many(each.due, at_least=each.at_least),
                each.last_ended or each.last_began,
                each.last_removed,
            )
            for each in classes
        ),
    )
    coming = [each for each in classes if each.in_force_from is not None]
    for each in coming:
        many = _many(each.due_then, at_least=each.at_least)
        output.say(
            f"from {each.in_force_from:%Y-%m-%d} {each.kind} is kept for {each.period} ({each.setting}): "
            f"{many} rows are older today",
            style="yellow",
        )


def _many(number: int, *, at_least: bool) -> str:
    return f"{number:,} or more" if at_least and number else f"{number:,}"


async def _overview(*, without_notice: bool = False) -> tuple[RetainedClass, ...]:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.retention.notice import skip_notice
    from services.retention.overview import EVERYTHING, retention_overview

    periods = load_settings().retention()
    async with open_database() as database, database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            if without_notice:
                await skip_notice(connection, periods, utc_now())
            return await retention_overview(connection, periods, utc_now(), EVERYTHING)
        finally:
            await transaction.rollback()


async def _remove(*, without_notice: bool, quiet: bool) -> int:
    from adapters.clock import utc_now
    from adapters.postgres.retained_tables import RETAINED_TABLES
    from adapters.settings import load_settings
    from services.retention.notice import skip_notice
    from services.retention.remove import Retention

    periods, now, removed = load_settings().retention(), utc_now(), 0
    async with open_database(migrate=True) as database:
        if without_notice:
            async with database.transaction() as connection:
                await skip_notice(connection, periods, now)
        with output.progress(quiet=quiet) as bar:
            task = bar.add_task("tables", total=len(RETAINED_TABLES))
            async for page in Retention(database, periods, utc_now).whole_pass(now):
                removed += page.removed
                done = len(RETAINED_TABLES) if page.table is None else page.table
                bar.update(task, completed=done, description=f"{removed:,} rows removed")
    return removed
