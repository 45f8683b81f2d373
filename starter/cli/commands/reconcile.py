"""``relance reconcile``: rows against workflows, all of them and now, as the watch does a page at a time."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.errors import SettingsError
from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.instants import instant
from starter.cli.options import Json, Yes
from starter.cli.session import interactive, open_everything, run

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.runs.after_restore import RestoreComparison
    from sequences.runs.run_watch import RunWatchPass
    from services.backup.opt_out_journal import BroughtBack
    from starter.composition import Services

_SHOWN = 50


@dataclass(frozen=True)
class _AfterRestore:
    """What was found.

    Attributes:
        brought: by the journal of opt-outs; None: there was none, or nothing was restored.
        backup_at: what the rows knew ended here; None: nothing was restored.
    """

    comparison: RestoreComparison
    brought: BroughtBack | None
    backup_at: datetime | None


def reconcile(
    gone: Annotated[
        bool,
        typer.Option("--gone", help="Close all runs that Temporal has lost, however many."),
    ] = False,
    after_restore: Annotated[
        bool,
        typer.Option("--after-restore", help="Postgres or Temporal was restored from a backup: see the documentation."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --after-restore: say what would change, and change nothing.")
    ] = False,
    database_from: Annotated[
        str | None,
        typer.Option(
            help="With --after-restore, if Postgres was restored by other means than relance restore: the instant of"
            " what was restored.",
            show_default=False,
        ),
    ] = None,
    lost_at: Annotated[
        str | None,
        typer.Option(
            help="With --database-from: when the lost database was last used. Default: now.", show_default=False
        ),
    ] = None,
    journal: Annotated[
        list[Path] | None,
        typer.Option(
            help="With --after-restore: journals of opt-outs, one for each relance serve. Default: that of"
            " RELANCE_OPT_OUT_JOURNAL.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Repair runs that differ after an outage or a restore.

    Closes runs whose workflow is gone, and ends workflows whose run is closed. After a restore it settles what rows and
    Temporal disagree on without sending anything twice: what may have gone out becomes unknown, runs that Temporal has
    lost are started again, and opt-outs and erasures that the backup lacks come back from the journal. It shows what it
    would do, and asks, unless --yes says so.
    """
    if not after_restore and (dry_run or database_from or journal):
        raise typer.BadParameter("--dry-run, --database-from and --journal belong to --after-restore")
    if after_restore and gone:
        raise typer.BadParameter("--gone closes runs, and --after-restore starts them again: give one of them")
    if lost_at and not database_from:
        raise typer.BadParameter("--lost-at belongs to --database-from; relance restore has one of its own")
    if after_restore:
        restored = (instant("--database-from", database_from), instant("--lost-at", lost_at))
        if not dry_run and not yes:
            if as_json or not interactive():
                raise SettingsError("--after-restore asks for confirmation, which needs a terminal; --yes confirms")
            _tell(run(_after_restore(restored, journal, dry_run=True, quiet=False)), as_json=False)
            typer.confirm("Settle all of this?", abort=True, err=True)
        _tell(run(_after_restore(restored, journal, dry_run=dry_run, quiet=as_json)), as_json=as_json)
        return
    found = run(_reconcile(certain=gone))
    if as_json:
        output.print_json(found)
        return
    closed, windows = number_of(found.closed, "run"), number_of(found.gates, "window")
    ended = number_of(found.ended, "workflow")
    output.say(f"{closed} closed, {windows} started again, {ended} ended")
    if found.late:
        output.say(f"{number_of(found.late, 'late reply', 'late replies')} processed again")
    if found.stuck:
        stuck = number_of(
            found.stuck, "run is stuck because its workflow fails", "runs are stuck because their workflow fails"
        )
        output.warn(f"{stuck}; the worker's log says why")
    if found.trouble:
        output.warn(found.trouble, "red")
        raise typer.Exit(4)


async def _reconcile(*, certain: bool) -> RunWatchPass:
    from adapters.clock import utc_now
    from adapters.temporal.executions import TemporalExecutions
    from services.runs.run_watch import RunWatch

    async with open_everything() as services:
        watch = RunWatch(services.database, services.runs, TemporalExecutions(services.client))
        return await watch.look_at_all(utc_now(), certain=certain)


async def _after_restore(
    restored: tuple[datetime | None, datetime | None], journal: list[Path] | None, *, dry_run: bool, quiet: bool
) -> _AfterRestore:
    from adapters.clock import utc_now
    from adapters.postgres import queries
    from services.backup.restoration import begin_restoration
    from starter.composition import comparing_of

    async with open_everything() as services:
        backup_at, lost_at = restored
        now = utc_now()
        if backup_at is not None:
            # Also of a dry run: from here on nothing is sent, which is what whoever asks this wants.
            async with services.database.transaction() as connection:
                await begin_restoration(connection, backup_at=backup_at, lost_at=lost_at, now=now)
        brought = await _bring_back(services, journal, now, dry_run=dry_run)
        async with services.database.statement() as connection:
            rows = await queries.count_open_runs(connection)
        with output.progress(quiet=quiet) as bar:
            # Each open run is looked at from both sides.
            task = bar.add_task("rows and workflows", total=max(1, 2 * (rows or 0)))
            comparing = comparing_of(services, dry_run=dry_run, seen=lambda number: bar.advance(task, number))
            return _AfterRestore(await comparing.compare(now), *brought)


async def _bring_back(
    services: Services, given: list[Path] | None, now: datetime, *, dry_run: bool
) -> tuple[BroughtBack | None, datetime | None]:
    """What the journal knows beyond the rows, and what the rows are of; None: nothing is restored, or no journal."""
    from services.backup.opt_out_journal import BringBack, journal_files, read_journal
    from services.backup.restoration import unsettled

    files = given or journal_files(services.settings.opt_out_journal)
    async with services.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        brought = None
        try:
            restoration = await unsettled(connection)
            if restoration is not None and files:
                bringing = BringBack(services.settings.keys(), bool(services.settings.uploads_folder))
                brought = await bringing.all_of(connection, read_journal(files), restoration.backup_at, now)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if dry_run else transaction.commit())
    return brought, None if restoration is None else restoration.backup_at


def _tell(after: _AfterRestore, *, as_json: bool) -> None:
    found, brought = after.comparison, after.brought
    if as_json:
        output.print_json(
            {
                "dry_run": found.dry_run,
                "runs": found.runs,
                "workflows": found.workflows,
                "counts": found.counts(),
                "found": [{"kind": each.kind, "about": each.about, "words": each.words} for each in found.found],
                "settled": found.settled,
                "journal": brought,
            }
        )
        return
    tables.table(
        "Rows and Temporal",
        ("what", "run", "words"),
        ((each.kind.replace("_", " "), each.about, each.words) for each in found.found[:_SHOWN]),
        empty="rows and Temporal agree",
    )
    if len(found.found) > _SHOWN:
        output.say(f"and {len(found.found) - _SHOWN} more; --json has all of them")
    compared = f"{number_of(found.runs, 'open run')} and {number_of(found.workflows, 'workflow')} compared"
    counted = "; ".join(f"{kind.replace('_', ' ')}: {number}" for kind, number in found.counts().items())
    output.say(f"{compared}{'; ' if counted else ''}{counted}")
    _tell_of_journal(after)
    if found.dry_run:
        output.say("Nothing was changed. Without --dry-run this is settled.")
        return
    output.say(
        "Settled. Start the workers, look at relance unknown, then: relance resume-all --everything", style="green"
    )


def _tell_of_journal(after: _AfterRestore) -> None:
    brought = after.brought
    if brought is not None:
        opt_outs, erasures = number_of(brought.opt_outs, "opt-out"), number_of(brought.erasures, "erasure")
        until = f", which ends {output.cell(brought.until).plain}" if brought.until else ", which is empty"
        output.say(f"from the journal{until}: {opt_outs} and {erasures} that the backup lacks")
        if brought.unreadable:
            output.warn(f"{number_of(brought.unreadable, 'line')} of the journal cannot be read")
    elif after.backup_at is not None:
        output.warn(
            f"No journal of opt-outs: who unsubscribed by a link, texted STOP or was erased after "
            f"{after.backup_at:%Y-%m-%d %H:%M} UTC is written to again, unless the CRM says so. Before the hold ends: "
            "have the mail server deliver again what it delivered since (folders read by IMAP are read again), ask "
            "Twilio for its list of opt-outs, relance suppress ADDRESS for each that you know of, and relance person "
            "erase for who was erased"
        )
