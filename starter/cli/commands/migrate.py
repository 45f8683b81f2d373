"""``relance migrate``: moves open runs to another version of their sequence, after showing what that would do."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Yes
from starter.cli.session import open_database, open_everything, run

if TYPE_CHECKING:
    from services.operations.migrate_runs import MoveOutcome, Place, Preview, RunPreview
    from starter.cli.row_names import RowNames

REFUSED, UNAVAILABLE = 4, 5


def migrate(
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    to: Annotated[int, typer.Option(min=1, help="The version to move to.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    yes: Yes = False,
    reason: Annotated[str, typer.Option(help="Shown in the story of each run. No personal data.")] = "",
    as_json: Json = False,
) -> None:
    """Move open runs of a sequence to another version.

    Steps are matched by id; nothing is sent twice.

    Exit status 4 when some were refused.
    """
    found, names = run(_preview(sequence, to))
    if not as_json:
        _show(found, names)
    outcome = None
    if found.movable and not dry_run:
        if not yes:
            typer.confirm(f"Move {number_of(len(found.movable), 'run')} to version {to}?", abort=True, err=True)
        outcome = run(_move(found, reason, quiet=as_json))
    if as_json:
        output.print_json(_as_dict(found, outcome, dry_run=dry_run))
    elif outcome is not None:
        _report(outcome, to)
    if outcome is not None and outcome.unanswered:
        raise typer.Exit(UNAVAILABLE)
    if outcome.refused if outcome else any(each.refused for each in found.runs):
        raise typer.Exit(REFUSED)


async def _preview(sequence: str, version: int) -> tuple[Preview, RowNames]:
    from adapters.clock import utc_now
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Versions
    from adapters.settings import load_settings
    from services.operations.migrate_runs import preview
    from services.runs.planning import Planning
    from starter.cli.row_names import shown

    planning = Planning(Records(load_settings().organisation_timezone), Versions())
    async with open_database() as database:
        found = await preview(database, planning, sequence, version, utc_now())
        ids = {
            IdKind.PERSON: [each.person_id for each in found.runs],
            IdKind.ENROLLMENT: [each.enrollment for each in found.runs],
        }
        async with database.transaction() as connection:
            return found, await shown(connection, ids)


async def _move(found: Preview, reason: str, *, quiet: bool) -> MoveOutcome:
    from rich.progress import Progress

    from services.operations.migrate_runs import move_all

    async with open_everything() as services:
        with Progress(console=output.console(stderr=True), transient=True, disable=quiet) as progress:
            bar = progress.add_task("moving", total=len(found.movable))
            return await move_all(services.runs, found, reason=reason, done=lambda: progress.advance(bar))


def _show(found: Preview, names: RowNames) -> None:
    for note in found.notes:
        output.warn(f"note: {note}")
    tables.table(
        f"{found.sequence} to version {found.version}",
        ("person", "enrollment", "state", "next then", "due then", "from", "next step", "due", "not sent", "cancelled"),
        (
            (
                names.person(each.person_id, each.person_name),
                names.id(IdKind.ENROLLMENT, each.enrollment),
                output.state(each.state),
                then,
                due,
                f"v{each.origin.version}",
                each.origin.step,
                each.origin.due_at,
                *lost,
            )
            for each in found.runs
            for then, due, *lost in [_there(each)]
        ),
        empty=f"no open run of {found.sequence} is on another version",
    )
    totals = _totals(found)
    output.say(
        f"{number_of(totals['movable'], 'run')} would move, {totals['refused']} refused, "
        f"{totals['already']} already on it; "
        f"sent twice: 0, steps not sent: {totals['not_sent']}, cancelled: {totals['cancelled']}"
    )


def _there(each: RunPreview) -> tuple[object, ...]:
    if each.to is None:
        return output.safe(f"refused: {each.refused}", "red"), None, None, None
    not_sent = [f"{step}: {reason}" for step, reason in each.not_sent.items()]
    not_sent += [f"{step}: already decided; its new content is not sent" for step in each.not_again]
    return each.to.step or "nothing more", each.to.due_at, "\n".join(not_sent), ", ".join(each.cancelled)


def _totals(found: Preview) -> dict[str, int]:
    return {
        "movable": len(found.movable),
        "refused": len(found.runs) - len(found.movable),
        "already": found.already,
        "not_sent": sum(len(each.not_sent) for each in found.runs),
        "not_again": sum(len(each.not_again) for each in found.runs),
        "cancelled": sum(len(each.cancelled) for each in found.runs),
    }


def _report(outcome: MoveOutcome, version: int) -> None:
    output.say(f"{number_of(len(outcome.moved), 'run')} moved to version {version}", style="green")
    for each in outcome.refused:
        output.warn(f"{each.enrollment}: refused: {each.reason}", "red")
    if outcome.unanswered:
        first = outcome.unanswered[0].reason
        output.warn(
            f"{number_of(len(outcome.unanswered), 'run')} not moved ({first}); run the same command again to continue",
            "red",
        )


def _place(place: Place) -> dict[str, Any]:
    return {"version": place.version, "next_step": place.step, "next_due_at": place.due_at}


def _as_dict(found: Preview, outcome: MoveOutcome | None, *, dry_run: bool) -> dict[str, Any]:
    return {
        "sequence": found.sequence,
        "version": found.version,
        "dry_run": dry_run,
        "notes": found.notes,
        "totals": _totals(found),
        "runs": [
            {
                "enrollment": each.enrollment,
                "person_id": each.person_id,
                "person": each.person_name,
                "state": each.state,
                "from": _place(each.origin),
                "to": _place(each.to) if each.to else None,
                "not_sent": each.not_sent,
                "not_again": each.not_again,
                "cancelled": each.cancelled,
                "refused": each.refused,
            }
            for each in found.runs
        ],
        "moved": outcome.moved if outcome else (),
        "refused": outcome.refused if outcome else (),
        "unanswered": outcome.unanswered if outcome else (),
    }
