"""Orders about all runs of one sequence or one owner, or all there are, and how far they are."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from sequences.runs.bulk import BulkKind, HoldScope, Stage
from sequences.runs.hold import EVERYTHING_KEY
from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.session import interactive, open_everything, run

if TYPE_CHECKING:
    from rich.progress import Progress

    from sequences.runs.bulk import BulkOrder, BulkState
    from services.operations.bulk import BulkControl

Sequence = Annotated[str | None, typer.Option(help="Name of the sequence.", show_default=False)]
Owner = Annotated[str | None, typer.Option(help="Id of the owner of the runs.", show_default=False)]
Everything = Annotated[bool, typer.Option("--everything", help="Everything there is; asks for confirmation.")]
By = Annotated[str, typer.Option(help="Who asks, for people.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Shown in the story of every run. No personal data.")]
Rate = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="Maximum runs a second; default: RELANCE_BULK_RATE.", show_default=False),
]
Follow = Annotated[bool, typer.Option("--follow/--no-follow", help="Wait until it is done, and show progress.")]
_POLL_SECONDS = 0.3
_DONE = {BulkKind.PAUSE: "paused", BulkKind.RESUME: "resumed"}


@dataclass(frozen=True)
class AllRuns:
    """Whose runs.

    Attributes:
        scope: what ``key`` names.
        key: name of a sequence, id of an owner, or ``all``.
    """

    scope: HoldScope
    key: str

    @property
    def named(self) -> str:
        """In words."""
        return "everything" if self.scope is HoldScope.EVERYTHING else f"{self.scope} {self.key}"


def target_of(sequence: str | None, owner: str | None, *, everything: bool) -> AllRuns:
    """Whose runs the options name.

    Raises:
        typer.BadParameter: not exactly one is given.
    """
    if [bool(sequence), bool(owner), everything].count(True) != 1:
        raise typer.BadParameter("give one of --sequence NAME, --owner ID and --everything")
    if everything:
        return AllRuns(HoldScope.EVERYTHING, EVERYTHING_KEY)
    return AllRuns(HoldScope.SEQUENCE, sequence) if sequence else AllRuns(HoldScope.OWNER, owner or "")


def confirm(target: AllRuns, question: str, *, yes: bool) -> None:
    """Asks before an order about everything there is.

    Raises:
        SettingsError: there is nobody to ask.
        typer.Abort: the answer is no.
    """
    if yes or target.scope is not HoldScope.EVERYTHING:
        return
    if not interactive():
        from sequences.errors import SettingsError

        raise SettingsError("--everything asks for confirmation, and this is no terminal; --yes confirms")
    typer.confirm(question, abort=True, err=True)


def order_all(target: AllRuns, wanted: BulkOrder, *, follow: bool, as_json: bool) -> None:
    """Orders something of all runs, and says what came of it.

    Args:
        target: whose runs.
        wanted: the order; without a key or rate of its own it gets one.
        follow: wait until it is done.
        as_json: say it as JSON.
    """
    state = run(_order(target, wanted, follow=follow, quiet=as_json))
    kind, whole = BulkKind(wanted.kind), target.named
    if as_json:
        done, left = (state.done, state.left) if state else (None, None)
        answer = {"scope": target.scope, "key": target.key, "command": kind, "finished": state is not None}
        failed = {"failed": state.failed} if state and state.failed else {}
        output.print_json({**answer, "done": done, "left": left, **failed})
    elif state is None:
        output.say(f"{whole}: ordered; its runs are being {_DONE[kind]}", style="green")
    else:
        output.say(f"{whole}: {number_of(state.done, 'run')} {_DONE[kind]}", style="green")
        if state.failed:
            output.say(f"it stopped early ({state.failed}); run the same command again", style="yellow")
        if state.left:
            output.say(
                f"{number_of(state.left, 'run')} did not answer; run the same command again later", style="yellow"
            )


async def _order(target: AllRuns, wanted: BulkOrder, *, follow: bool, quiet: bool) -> BulkState | None:
    from adapters.clock import utc_now
    from adapters.temporal.bulk_control import TemporalBulk
    from services.operations.bulk import BulkControl, BulkRequest
    from services.reading.id_prefix import whole_id

    async with open_everything() as services:
        if target.scope is HoldScope.OWNER:
            async with services.database.transaction() as connection:
                target = AllRuns(HoldScope.OWNER, await whole_id(connection, IdKind.OWNER, target.key))
        control = BulkControl(services.database, TemporalBulk(services.client), utc_now)
        steer = control.pause if wanted.kind == BulkKind.PAUSE else control.resume
        rate = wanted.rate or services.settings.bulk_rate
        asked = BulkRequest(
            wanted.id or uuid.uuid4().hex, rate, wanted.reason, wanted.mode, wanted.by or "CLI", wanted.until
        )
        order = await steer(target.scope, target.key, asked)
        return await _followed(control, target, order, quiet=quiet) if follow else None


async def _followed(control: BulkControl, target: AllRuns, order: BulkOrder, *, quiet: bool) -> BulkState:
    """Shows how far it is until it is over; the work goes on by itself when this command is interrupted."""
    with output.progress(quiet=quiet) as bar:
        while True:
            state = await control.orders.progress(target.scope, target.key)
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
