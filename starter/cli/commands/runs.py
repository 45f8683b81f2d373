"""``relance enroll``, ``enrollments``, ``show``, ``pause``, ``resume``, ``stop``, ``skip`` and ``send-now``: runs."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sequences.errors import RefusedError
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json, Key, Limit, Sheet, Yes
from starter.cli.session import interactive, open_database, open_everything, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from adapters.postgres import queries
    from adapters.postgres.database import Database
    from sequences.runs.state import Command, CommandAnswer
    from services.enrolling.enroll import Accepted
    from services.reading.run_story import Timeline
    from starter.cli.row_names import RowNames

State = Literal["starting", "active", "paused", "held", "reacting", "stopped", "finished"]
Enrollment = Annotated[
    str, typer.Argument(help="Id of an enrollment, or its first characters if they are unique.", show_default=False)
]
OneStep = Annotated[str, typer.Argument(help="Id of a step; default: the next one.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Shown in the story of the run. No personal data.")]
_ASK_SECONDS = 2.0


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (enroll, enrollments, show, pause, resume, stop, skip, send_now):
        app.command()(command)


def enroll(
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    person: Annotated[str | None, typer.Argument(help="Id of the person.", show_default=False)] = None,
    record: Annotated[
        str | None, typer.Option(help="Id of the placement, for a sequence about placements.", show_default=False)
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Enroll everyone whose id is in a CSV file or a workbook.")] = None,
    listed: Annotated[
        str | None, typer.Option("--list", help="Enroll everyone on a list (add_to_list).", show_default=False)
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="The column of --file with the ids; default: found by its name.")
    ] = None,
    sheet: Sheet = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --file or --list: also people who were in the sequence before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --file or --list: only show who would be enrolled.")
    ] = False,
    key: Key = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Enroll a person in a sequence, or many at once.

    In its newest version; or a placement of that person. In a terminal it asks first when the first message would go at
    night or on a weekend. With --file or --list who is, or was, in the sequence stays out, and more than its hold_above
    need a yes. Exit status then: 0 when nobody was refused but for that, else 2.
    """
    if sum(each is not None for each in (person or record, file, listed)) != 1:
        raise typer.BadParameter("say who: a PERSON, --file FILE or --list NAME")
    if file is not None or listed is not None:
        from starter.cli.commands.enroll_many import enroll_many

        enroll_many(sequence, file, listed, column, sheet, key, again=again, dry_run=dry_run, yes=yes, as_json=as_json)
        return
    if again or dry_run or column or sheet:
        raise typer.BadParameter("--again, --dry-run, --column and --sheet need --file or --list")
    if interactive() and not yes:
        odd = run(_odd_hour(sequence, person, record))
        if odd is not None:
            whom = person or record
            typer.confirm(f"The first message would go {odd}: {sequence}, {whom}. Enroll?", abort=True, err=True)
    accepted = run(_enroll(sequence, person, record, key or uuid.uuid4().hex))
    if as_json:
        output.print_json(accepted)
        return
    word = "already accepted" if accepted.repeated else "enrolled"
    output.say(f"{word}: {accepted.enrollment}, version {accepted.version} of {sequence}", style="green")
    if accepted.problem:
        output.warn(f"it cannot start yet: {accepted.problem}", "red")
    elif not accepted.started:
        output.say("it starts as soon as Temporal answers", style="yellow")
    for warning in accepted.warnings:
        output.say(f"warning: {warning}", style="yellow")
    output.say(f"its story: relance show {accepted.enrollment}")


async def _odd_hour(sequence: str, person: str | None, record: str | None) -> str | None:
    async with open_everything() as services:
        return await services.enrolling.odd_hour(sequence, *await _whom(services.database, person, record))


async def _enroll(sequence: str, person: str | None, record: str | None, nonce: str) -> Accepted:
    from services.enrolling.enroll import NotNowError

    async with open_everything() as services:
        whole, about = await _whom(services.database, person, record)
        try:
            return await services.enrolling.enroll(sequence, whole, record_id=about, nonce=nonce)
        except NotNowError as error:
            more = f"; for more: `relance explain {whole} {sequence}`" if whole else ""
            raise RefusedError(error.reason, f"{error.reason}: {error.detail}{more}") from None


async def _whom(database: Database, person: str | None, record: str | None) -> tuple[str | None, str | None]:
    from services.reading.id_prefix import whole_id

    async with database.transaction() as connection:
        whole = person and await whole_id(connection, IdKind.PERSON, person)
        return whole, record and await whole_id(connection, IdKind.PLACEMENT, record)


def enrollments(
    sequence: Annotated[str | None, typer.Option(help="Only of this sequence.")] = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List enrollments, newest first."""
    rows, names = run(_enrollments(sequence, state, limit))
    if as_json:
        output.print_json(rows)
        return
    tables.table(
        "Enrollments",
        ("person", "enrollment", "sequence", "state", "reason", "next step", "due", "about", "enrolled"),
        (
            (
                names.person(row.person_id),
                names.id(IdKind.ENROLLMENT, row.id),
                Whole(f"{row.sequence} v{row.version}"),
                output.state(row.state),
                row.reason,
                row.next_step and Whole(row.next_step),
                row.next_due_at or (output.WAITS if row.waits_for else None),
                names.id(IdKind.PLACEMENT, row.record_id) if row.record_type == "placement" else None,
                row.enrolled_at,
            )
            for row in rows
        ),
        empty="no enrollments",
    )


async def _enrollments(
    sequence: str | None, state: str | None, limit: int
) -> tuple[list[queries.ListedEnrollmentsRow], RowNames]:
    from adapters.postgres import listings
    from adapters.postgres.paging import page
    from starter.cli.hints import warn_of_unpublished
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        await warn_of_unpublished(connection, sequence)
        asked = {"sequence": sequence, "state": [state] if state else None}
        rows = (await page(connection, listings.ENROLLMENTS, asked, limit=limit)).rows
        placements = [row.record_id for row in rows if row.record_type == "placement"]
        return rows, await shown(
            connection,
            {
                IdKind.PERSON: [row.person_id for row in rows],
                IdKind.ENROLLMENT: [row.id for row in rows],
                IdKind.PLACEMENT: placements,
            },
        )


def show(enrollment: Enrollment, as_json: Json = False) -> None:
    """Show the story of an enrollment, with reasons.

    What is planned, what was sent, reactions, follow-ups and pauses.
    """
    story = run(_story(enrollment))
    if as_json:
        output.print_json(story)
        return
    from starter.cli.show_table import show_story

    show_story(story)


async def _story(given: str) -> Timeline:
    from services.reading.id_prefix import find
    from services.reading.run_story import timeline

    async with open_database() as database:
        async with database.transaction() as connection:
            enrollment = await find(connection, IdKind.ENROLLMENT, given)
            story = await timeline(connection, enrollment)
        if story.ended_at is not None or story.state == "starting" or not await _looked(database, enrollment):
            return story
        async with database.transaction() as connection:
            return await timeline(connection, enrollment)


async def _looked(database: Database, enrollment: str) -> bool:
    """Asks Temporal whether the run is there; False when it does not answer at once: the story is told without it."""
    import asyncio

    from sequences.errors import UnavailableError
    from services.operations.command_run import look
    from starter.composition import open_runs

    try:
        async with asyncio.timeout(_ASK_SECONDS):
            runs = await open_runs()
    except (UnavailableError, TimeoutError):
        return False
    await look(database, runs, enrollment)
    return True


def pause(enrollment: Enrollment, reason: Reason = "", key: Key = None, as_json: Json = False) -> None:
    """Pause a run until it is resumed."""
    _steer(enrollment, "pause", key, as_json=as_json, reason=reason)


def resume(
    enrollment: Enrollment,
    mode: Annotated[
        Literal["shift", "skip", "send_one"] | None,
        typer.Option(help="What to do with steps whose time has passed; default: on_resume of the sequence."),
    ] = None,
    reason: Reason = "",
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Resume a paused run."""
    _steer(enrollment, "resume", key, as_json=as_json, reason=reason, mode=mode or "")


def stop(enrollment: Enrollment, reason: Reason = "", key: Key = None, as_json: Json = False) -> None:
    """Stop a run permanently."""
    _steer(enrollment, "stop", key, as_json=as_json, reason=reason)


def skip(
    enrollment: Enrollment, step: OneStep = "", reason: Reason = "", key: Key = None, as_json: Json = False
) -> None:
    """Skip the next step of a run, or a given step.

    Later steps are counted from now.
    """
    _steer(enrollment, "skip", key, as_json=as_json, reason=reason, step=step)


def send_now(
    enrollment: Enrollment, step: OneStep = "", reason: Reason = "", key: Key = None, as_json: Json = False
) -> None:
    """Send the next step of a run at once.

    Ignores the windows, weekends and holidays of its schedule.
    """
    _steer(enrollment, "send-now", key, as_json=as_json, reason=reason, step=step)


def _steer(
    given: str, kind: str, key: str | None, *, as_json: bool, reason: str, mode: str = "", step: str = ""
) -> None:
    from sequences.runs.state import Command

    enrollment, answer = run(_command(given, Command(key or uuid.uuid4().hex, kind, reason, mode, step)))
    if as_json:
        output.print_json({"enrollment": enrollment, "command": kind, **output.plain(answer)})
        return
    done = {"pause": "paused", "resume": "resumed", "stop": "stopped", "skip": "skipped", "send-now": "requested"}[kind]
    detail = f" ({answer.detail})" if answer.detail else ""
    if answer.changed:
        output.say(f"{enrollment}: {done}{detail}", style="green")
    else:
        output.say(f"{enrollment}: nothing left to do{detail}", style="yellow")


async def _command(given: str, command: Command) -> tuple[str, CommandAnswer]:
    from services.operations.command_run import steer
    from services.reading.id_prefix import find

    async with open_everything() as services:
        async with services.database.transaction() as connection:
            enrollment = await find(connection, IdKind.ENROLLMENT, given)
        return enrollment, await steer(services.database, services.runs, enrollment, command)
