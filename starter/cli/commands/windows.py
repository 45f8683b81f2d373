"""``relance windows``: the re-enrollment windows of a person, and lifting or moving one by hand."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from services.explaining.answer import Window
    from services.operations.move_window import WindowAnswer
    from starter.cli.row_names import RowNames

BY = "command line"
Person = Annotated[str, typer.Argument(help="Id of the person.", show_default=False)]
Sequence = Annotated[str, typer.Argument(help="Name of the sequence.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Kept with the window. No personal data.")]


class ShowsByDefault(TyperGroup):
    """``relance windows PERSON`` is ``relance windows show PERSON``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the word in that people leave out."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ShowsByDefault,
    no_args_is_help=True,
    help="Show the re-enrollment windows of a person; lift, move.\n\n"
    "`relance windows PERSON` is `relance windows show PERSON`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def show(person: Person, as_json: Json = False) -> None:
    """List the windows of a person.

    While one is open, rules do not enroll the person again.
    """
    windows, names = run(_show(person))
    if as_json:
        output.print_json(windows)
        return
    tables.table(
        f"Windows of {person}",
        ("sequence", "state", "opened", "until", "why", "entered", "about", "enrollment"),
        (
            (
                Whole(each.sequence),
                state_words(each),
                each.opened_at,
                until_words(each),
                each.reason,
                each.via,
                names.id(IdKind.PLACEMENT, each.record) if each.scope == "record" else None,
                names.id(IdKind.ENROLLMENT, each.enrollment),
            )
            for each in windows
        ),
        empty=f"{person} was never enrolled in a sequence that has rules",
    )


@app.command()
def lift(
    person: Person,
    sequence: Sequence,
    record: Annotated[
        str | None, typer.Option(help="Id of the placement, if the person has several.", show_default=False)
    ] = None,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """End a window early: the next match is enrolled again.

    Status 4 when none is open.
    """
    _answer(run(_lift(person, sequence, record, reason)), "lifted", as_json=as_json)


@app.command()
def move(
    person: Person,
    sequence: Sequence,
    until: Annotated[
        str,
        typer.Option(help="New end: an instant, a date, or a span from now such as `6 months`.", show_default=False),
    ],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let a window end earlier or later.

    Status 4 when none is open.
    """
    _answer(run(_move(person, sequence, until, reason)), "moved", as_json=as_json)


def state_words(window: Window) -> Any:
    """Its state in its colour: open ones keep the person out."""
    if window.blocks:
        return output.safe("open", "yellow")
    return output.safe("over" if window.state in ("open", "opening") else window.state, "bright_black")


def until_words(window: Window) -> Any:
    """When it ends or ended."""
    return window.ended_at or window.until or output.safe("forever", "yellow")


def _answer(done: WindowAnswer, word: str, *, as_json: bool) -> None:
    window = done.window
    if as_json:
        output.print_json({"changed": done.changed, "window": window})
        return
    if word == "lifted":
        said = "lifted; the next match of the rules is enrolled again"
    else:
        said = f"open until {output.cell(window.until).plain}"
    output.say(f"{window.sequence}: {said}{'' if done.changed else ' (no change)'}", style="green")


async def _show(person: str) -> tuple[list[Window], RowNames]:
    from adapters.clock import utc_now
    from services.operations.move_window import windows_of
    from services.reading.id_prefix import whole_id
    from starter.cli.row_names import shown

    async with open_database() as database, database.transaction() as connection:
        windows = await windows_of(connection, await whole_id(connection, IdKind.PERSON, person), utc_now())
        records = [each.record for each in windows if each.scope == "record"]
        return windows, await shown(
            connection, {IdKind.ENROLLMENT: [each.enrollment for each in windows], IdKind.PLACEMENT: records}
        )


async def _lift(person: str, sequence: str, record: str | None, reason: str) -> WindowAnswer:
    from adapters.clock import utc_now
    from services.operations import move_window
    from services.reading.id_prefix import whole_id

    async with open_database() as database, database.transaction() as connection:
        whole = await whole_id(connection, IdKind.PERSON, person)
        about = record and await whole_id(connection, IdKind.PLACEMENT, record)
        order = move_window.WindowOrder(whole, sequence, BY, reason, about)
        return await move_window.lift(connection, order, utc_now())


async def _move(person: str, sequence: str, until: str, reason: str) -> WindowAnswer:
    from adapters.clock import utc_now
    from sequences.definition.until_text import read_until
    from services.operations import move_window
    from services.reading.id_prefix import whole_id

    now = utc_now()
    instant = read_until(until, now, "the end of a window")
    async with open_database() as database, database.transaction() as connection:
        whole = await whole_id(connection, IdKind.PERSON, person)
        return await move_window.move(connection, move_window.WindowOrder(whole, sequence, BY, reason), instant, now)
