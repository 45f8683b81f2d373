"""What a person asks of one run, and what the run answers."""

# ruff: noqa: PLC0415 - Temporal and Postgres are imported by the commands that need them.
from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.reading.id_kinds import IdKind
from starter.cli import output
from starter.cli.session import open_everything, run

if TYPE_CHECKING:
    from datetime import datetime

    from sequences.runs.state import Command, CommandAnswer

Enrollment = Annotated[
    str, typer.Argument(help="Id of an enrollment, or its first characters if they are unique.", show_default=False)
]
OneStep = Annotated[str, typer.Argument(help="Id of a step; default: the next one.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Shown in the story of the run. No personal data.")]
Mode = Annotated[
    Literal["shift", "skip", "send_one"] | None,
    typer.Option(help="What to do with steps whose time has passed; default: on_resume of the sequence."),
]
Until = Annotated[
    str | None,
    typer.Option(
        help="Resume then: a length of time from now (2 weeks), an instant or a date (midnight UTC); default: when "
        "somebody does.",
        show_default=False,
    ),
]
_DONE = {
    "pause": "paused",
    "resume": "resumed",
    "stop": "stopped",
    "skip": "skipped",
    "send-now": "requested",
}


def pause_end(until: str | None) -> datetime | None:
    """When a pause ends automatically, as it was typed.

    Raises:
        DefinitionError: it is no such instant.
    """
    from adapters.clock import utc_now
    from sequences.definition.until_text import read_until

    return None if until is None else read_until(until, utc_now(), "the end of a pause")


def steer(given: str, command: Command, *, as_json: bool) -> None:
    """Hands a command to a run, and says what came of it.

    Args:
        given: id of the enrollment, or its first characters.
        command: what is wanted; without a key of its own it gets one.
        as_json: say it as JSON.
    """
    enrollment, answer = run(_answer(given, replace(command, id=command.id or uuid.uuid4().hex)))
    if as_json:
        output.print_json({"enrollment": enrollment, "command": command.kind, **output.plain(answer)})
        return
    done = _DONE[command.kind]
    detail = f" ({answer.detail})" if answer.detail else ""
    if answer.changed:
        output.say(f"{enrollment}: {done}{detail}", style="green")
    else:
        output.say(f"{enrollment}: nothing left to do{detail}", style="yellow")


async def _answer(given: str, command: Command) -> tuple[str, CommandAnswer]:
    from services.operations.command_run import steer as hand_over
    from services.reading.id_prefix import find

    async with open_everything() as services:
        async with services.database.transaction() as connection:
            enrollment = await find(connection, IdKind.ENROLLMENT, given)
        return enrollment, await hand_over(services.database, services.runs, enrollment, command)
