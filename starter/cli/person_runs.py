"""``relance person pause``, ``resume`` and ``stop``: the same for all open runs of a person."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from sequences.runs.state import CommandKind
from starter.cli import output
from starter.cli.options import Json, Key
from starter.cli.session import open_everything, run
from starter.cli.steering import Mode, Reason, Until, pause_end

if TYPE_CHECKING:
    from services.operations.person_acts import RunsOfPerson

Person = Annotated[str, typer.Argument(help="Id of the person.", show_default=False)]


def pause(person: Person, reason: Reason = "", until: Until = None, key: Key = None, as_json: Json = False) -> None:
    """Pause all open runs of a person.

    Runs that are paused already stay as they are, and new ones are not stopped from beginning: relance suppress does
    that.
    """
    from services.operations.person_acts import RunsOfPerson

    end = pause_end(until)
    _steer(RunsOfPerson(person, CommandKind.PAUSE, key or uuid.uuid4().hex, reason, end), "paused", as_json=as_json)


def resume(person: Person, reason: Reason = "", mode: Mode = None, key: Key = None, as_json: Json = False) -> None:
    """Resume all paused runs of a person."""
    from services.operations.person_acts import RunsOfPerson

    asked = RunsOfPerson(person, CommandKind.RESUME, key or uuid.uuid4().hex, reason, mode=mode or "")
    _steer(asked, "resumed", as_json=as_json)


def stop(person: Person, reason: Reason = "", key: Key = None, as_json: Json = False) -> None:
    """Stop all open runs of a person; nothing more is sent by them."""
    from services.operations.person_acts import RunsOfPerson

    asked = RunsOfPerson(person, CommandKind.STOP, key or uuid.uuid4().hex, reason)
    _steer(asked, "stopped", as_json=as_json)


def _steer(asked: RunsOfPerson, done: str, *, as_json: bool) -> None:
    changed = run(_steered(asked))
    if as_json:
        output.print_json({"person": asked.person, "command": asked.kind, "changed": changed})
    elif changed:
        output.say(f"{asked.person}: {number_of(changed, 'run')} {done}", style="green")
    else:
        output.say(f"{asked.person}: no run changed", style="yellow")


async def _steered(asked: RunsOfPerson) -> int:
    from services.operations.person_acts import steer_all

    async with open_everything() as services:
        return await steer_all(services.database, services.runs, asked)
