"""``relance pause-all`` and ``resume-all``: everything of one sequence or one owner."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sequences.runs.bulk import BulkKind, HoldScope, Stage
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.options import Json, Key
from starter.cli.session import open_everything, run

if TYPE_CHECKING:
    from rich.progress import Progress

    from sequences.runs.bulk import BulkOrder, BulkState
    from services.operations.bulk import BulkControl

Sequence = Annotated[str | None, typer.Option(help="Name of the sequence.", show_default=False)]
Owner = Annotated[str | None, typer.Option(help="Id of the owner of the runs.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Shown in the story of every run. No personal data.")]
Rate = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="Maximum runs a second; default: RELANCE_BULK_RATE.", show_default=False),
]
Follow = Annotated[bool, typer.Option("--follow/--no-follow", help="Wait until it is done, and show progress.")]

_POLL_SECONDS = 0.3
_DONE = {BulkKind.PAUSE: "paused", BulkKind.RESUME: "resumed"}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(pause_all)
    app.command()(resume_all)


def pause_all(
    sequence: Sequence = None,
    owner: Owner = None,
    reason: Reason = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    as_json: Json = False,
) -> None:
    """Pause everything of one sequence or one owner.

    Sending stops immediately.
    """
    _steer_all(BulkKind.PAUSE, _target(sequence, owner), reason, "", rate, key, follow=follow, as_json=as_json)


def resume_all(
    sequence: Sequence = None,
    owner: Owner = None,
    mode: Annotated[
        Literal["shift", "skip", "send_one"] | None,
        typer.Option(help="What to do with steps whose time has passed; default: on_resume of each sequence."),
    ] = None,
    reason: Reason = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    as_json: Json = False,
) -> None:
    """Resume what pause-all paused, no faster than a rate.

    What a person paused stays paused.
    """
    target = _target(sequence, owner)
    _steer_all(BulkKind.RESUME, target, reason, mode or "", rate, key, follow=follow, as_json=as_json)


def _target(sequence: str | None, owner: str | None) -> tuple[HoldScope, str]:
    if bool(sequence) == bool(owner):
        raise typer.BadParameter("give either --sequence NAME or --owner ID, not both")
    return (HoldScope.SEQUENCE, sequence) if sequence else (HoldScope.OWNER, owner or "")


def _steer_all(
    kind: BulkKind,
    target: tuple[HoldScope, str],
    reason: str,
    mode: str,
    rate: int | None,
    key: str | None,
    *,
    follow: bool,
    as_json: bool,
) -> None:
    state = run(_order(kind, target, reason, mode, rate, key or uuid.uuid4().hex, follow=follow, quiet=as_json))
    scope, name = target
    if as_json:
        done, left = (state.done, state.left) if state else (None, None)
        answer = {"scope": scope, "key": name, "command": kind, "finished": state is not None}
        failed = {"failed": state.failed} if state and state.failed else {}
        output.print_json({**answer, "done": done, "left": left, **failed})
    elif state is None:
        output.say(f"{scope} {name}: ordered; its runs are being {_DONE[kind]}", style="green")
    else:
        output.say(f"{scope} {name}: {state.done} runs {_DONE[kind]}", style="green")
        if state.failed:
            output.say(f"it stopped early ({state.failed}); run the same command again", style="yellow")
        if state.left:
            output.say(f"{state.left} runs did not answer; run the same command again later", style="yellow")


async def _order(
    kind: BulkKind,
    target: tuple[HoldScope, str],
    reason: str,
    mode: str,
    rate: int | None,
    nonce: str,
    *,
    follow: bool,
    quiet: bool,
) -> BulkState | None:
    from adapters.clock import utc_now
    from adapters.temporal.bulk_control import TemporalBulk
    from services.operations.bulk import BulkControl, BulkRequest
    from services.reading.id_prefix import whole_id

    async with open_everything() as services:
        if target[0] is HoldScope.OWNER:
            async with services.database.transaction() as connection:
                target = (HoldScope.OWNER, await whole_id(connection, IdKind.OWNER, target[1]))
        control = BulkControl(services.database, TemporalBulk(services.client), utc_now)
        rate = rate or services.settings.bulk_rate
        steer = control.pause if kind is BulkKind.PAUSE else control.resume
        order = await steer(*target, BulkRequest(nonce, rate, reason, mode))
        return await _followed(control, target, order, quiet=quiet) if follow else None


async def _followed(control: BulkControl, target: tuple[HoldScope, str], order: BulkOrder, *, quiet: bool) -> BulkState:
    """Shows how far it is until it is over; the work goes on by itself when this command is interrupted."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = output.console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        while True:
            state = await control.orders.progress(*target)
            _draw(bar, state)
            # A newer order of somebody else takes the place of this one: then this one is over too.
            over = state.stage == Stage.DONE or state.order.id != order.id
            if over and state.waiting is None and order.id in state.seen:
                return state
            await asyncio.sleep(_POLL_SECONDS)


def _draw(bar: Progress, state: BulkState) -> None:
    if not bar.tasks:
        bar.add_task(state.stage)
    bar.update(bar.tasks[0].id, description=state.stage, completed=state.done, total=max(1, state.done + state.left))
