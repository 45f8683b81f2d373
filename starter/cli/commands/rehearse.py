"""``relance rehearse``: months of a sequence in a minute, on a copy, and nobody gets anything."""

# ruff: noqa: PLC0415 - servers, Postgres and Temporal are imported by the command, never by `--help`.
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.number_words import number_of
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from starter.rehearsal.result import PlayedRun, PlayedStep, Rehearsal

_INTERRUPTED = 130
_REPLIES = ("positive", "negative", "none")


def rehearse(
    sequence: Annotated[str, typer.Argument(help="Name of a sequence.", show_default=False)],
    people: Annotated[int, typer.Option(min=1, max=200, help="How many are played.")] = 20,
    weeks: Annotated[int, typer.Option(min=1, max=156, help="How many weeks are played at the most.")] = 26,
    replies: Annotated[
        str, typer.Option(help="How everybody answers a day after the first message: positive, negative or none.")
    ] = "none",
    record: Annotated[
        list[str] | None,
        typer.Option(
            "--record",
            help="Id of a person, or of a placement for a sequence about placements; may be repeated.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A sequence file, published or not, instead of the newest version.")
    ] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder of the templates of --file.", file_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Play months of a sequence in a minute. Sends nothing.

    On a copy of the data, with servers of its own that are gone afterwards, so `relance up` may run meanwhile.

    Without `--record` it plays those that the rules would enroll now; without rules, the newest records.
    """
    from adapters.settings import load_settings
    from sequences.reactions.sentiment import Label
    from starter.cli.commands.render import unpublished
    from starter.rehearsal.people import WantedRecords
    from starter.rehearsal.run import RehearsalOrder, RehearsalProgress, rehearse_until_asked

    if replies not in _REPLIES:
        raise typer.BadParameter(f"--replies is {replies!r}; it is one of {', '.join(_REPLIES)}")
    settings = load_settings()
    version = unpublished(settings, sequence, file, templates) if file is not None else None
    label = None if replies == "none" else Label(replies)
    order = RehearsalOrder(sequence, version, WantedRecords(people, tuple(record or ())), weeks, label)
    with output.progress(quiet=as_json) as bar:
        task = bar.add_task("starting", total=None)
        watching = RehearsalProgress(
            say=lambda part: bar.update(task, description=f"starting {part}"),
            begins=lambda number: bar.update(task, description="playing", total=number),
            over=lambda: bar.advance(task),
        )
        done = asyncio.run(rehearse_until_asked(settings, order, watching))
    if done is None:
        raise typer.Exit(_INTERRUPTED)
    if as_json:
        output.print_json(done)
        return
    _show(done)


def _show(done: Rehearsal) -> None:
    which = output.version_label(done.version)
    tables.table(
        f"{done.sequence}, {which}: {done.began:%d %b %Y} to {done.until:%d %b %Y} at the latest",
        ("person", "step", "channel", "local time", "zone", "state", "moved by", "reason", "subject"),
        (row for run in done.runs for row in _rows(run)),
        empty="nobody was played",
    )
    entered = [run for run in done.runs if not run.refused]
    messages = f"{number_of(done.mails, 'mail')} and {number_of(done.texts, 'text message')}"
    output.say(f"{len(entered)} of {len(done.runs)} entered; {messages} would have gone out")
    if done.mails_to_owners:
        output.say(f"{number_of(done.mails_to_owners, 'mail')} to owners, such as replies that are forwarded")
    for line in sorted({f"webhook: {url}" for url in done.webhooks}):
        output.say(line)
    output.say("Nothing was sent, and the copy is gone.")


def _rows(run: PlayedRun) -> list[tuple[object, ...]]:
    name = run.name or run.record
    if run.refused:
        return [(name, "", "", "", "", "refused", "", run.refused, "")]
    rows = [_row(name, step) for step in run.steps]
    ended = f"{run.state}: {run.reason}" if run.reason else run.state
    did = f"; follow-ups: {', '.join(run.follow_ups)}" if run.follow_ups else ""
    at = Whole(output.local(run.ended_at, "UTC")) if run.ended_at else ""
    return [*rows, (name, "the end", "", at, "UTC" if run.ended_at else "", run.state, "", ended + did, "")]


def _row(name: str, step: PlayedStep) -> tuple[object, ...]:
    zone = step.timezone or "UTC"
    return (
        name,
        Whole(output.step_label(step.step, step.variant)),
        step.channel,
        Whole(output.local(step.at, zone)) if step.at else "",
        Whole(zone) if step.at else "",
        step.state,
        ", ".join(step.moved_by),
        step.reason or "",
        step.subject or "",
    )
