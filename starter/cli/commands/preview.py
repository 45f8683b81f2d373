"""``relance preview``, and how a preview looks: who would enter by rule now, and why the rest would not."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sequences.enrolling.refusals import REASON_WORDS
from sequences.number_words import number_of
from sequences.runs.hold import hold_words
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.output import safe
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from sequences.definition.model import SequenceDefinition as Definition
    from services.publishing.preview import Example, RulePreview
    from services.records.import_outlook import Outlook

BAD_INPUT = 2
_PLURALS = {"person": ("person", "people"), "placement": ("placement", "placements")}


def preview(
    file: Annotated[Path, typer.Argument(help="A sequence file.", show_default=False)],
    sample: Annotated[int, typer.Option(min=0, max=500, help="How many people to list.")] = 10,
    as_json: Json = False,
) -> None:
    """Show who the rules of a file would enroll. Changes nothing.

    Also shows why others would not be enrolled.
    """
    from adapters.authoring_settings import load_authoring_settings
    from services.publishing.check_and_publish import check_files
    from starter.cli.commands.check import show_problems

    item = check_files([file], None, custom_fields=load_authoring_settings().custom())[0]
    show_problems(item.problems, stderr=True)
    if item.sequence is None:
        raise typer.Exit(BAD_INPUT)
    found = run(_preview(item.sequence, sample))
    if as_json:
        output.print_json(as_dict(found) if found else {"sequence": item.sequence.sequence, "auto_enroll": False})
    elif found is None:
        output.say(f"{item.sequence.sequence} has no rules: no person is enrolled automatically")
    else:
        show(found)
    if found is not None and found.broken:
        raise typer.Exit(BAD_INPUT)


async def _preview(definition: Definition, sample: int) -> RulePreview | None:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.publishing.preview import asking, preview, unpublished

    async with open_database() as database, database.transaction() as connection:
        version = unpublished(definition)
        return await preview(asking(load_settings()), connection, version, utc_now(), sample=sample)


def as_dict(found: RulePreview) -> dict[str, object]:
    """A preview for programs."""
    return {**output.plain(found), "auto_enroll": True, "would_wait": found.would_wait}


def show(found: RulePreview) -> None:
    """Prints a preview."""
    console = output.console()
    console.print(safe(f"{found.sequence} ({found.name}): who would enter by rule now", "bold"))
    if found.broken:
        output.warn(f"its rules cannot be evaluated: {found.broken}", "red")
        return
    _conditions(console, found)
    line = safe(f"  {count(found.would_enroll, found.records)} would enter", "bold green" if found.would_enroll else "")
    if rest := sum(found.refused.values()):
        line += safe(f", {rest} would not")
    console.print(line)
    show_refused(console, found.refused)
    show_sample(console, found.sample, found.would_enroll)
    _notes(console, found)


def show_refused(console: Console, refused: Mapping[str, int]) -> None:
    """Prints why some would not enter, the most frequent reason first."""
    for reason, number in sorted(refused.items(), key=lambda each: -each[1]):
        console.print(safe(f"    {number:>7}  ") + safe(reason, "yellow") + safe(f": {REASON_WORDS.get(reason, '')}"))


def _conditions(console: Console, found: RulePreview) -> None:
    console.print()
    rows = [(each.records, each.field, safe(each.wanted, "cyan")) for each in found.conditions]
    all_of_them = (found.matching, safe("all of them together", "bold"), None)
    tables.table("", (_PLURALS[found.records][1], "condition", "wanted"), [*rows, all_of_them])
    console.print()


def show_sample(console: Console, sample: Sequence[Example], number: int) -> None:
    """Prints some of those who would enter."""
    if not sample:
        return
    names = ", ".join(map(_named, sample))
    more = number - len(sample)
    console.print(safe(f"  {'for example ' if more > 0 else ''}{names}", "bright_black"), soft_wrap=True)


def _named(each: Example) -> str:
    about = each.person if each.record == each.person else f"{each.person}, {each.record}"
    return f"{each.name} ({about})" if each.name else about


def _notes(console: Console, found: RulePreview) -> None:
    if found.asked < found.would_enroll:
        checked = (
            f"  addresses and stop rules were checked for the first {found.asked:,}; the rest are checked when enrolled"
        )
        console.print(safe(checked))
    show_unsocial(console, found)
    if found.would_wait:
        why = "a batch of it already waits" if found.standing else f"more than hold_above ({found.hold_above:,})"
        held = f"  {why}: all would wait for `relance approve {found.sequence}`"
        console.print(safe(held, "yellow"))
    if found.max_per_day and found.would_enroll > found.max_per_day:
        days = -(-found.would_enroll // found.max_per_day)
        console.print(safe(f"  max_per_day is {found.max_per_day:,}: they would enter over {days:,} days", "yellow"))
    for hold in found.holds:
        console.print(safe(f"  {hold_words(hold)}: they would be enrolled, and nothing is sent", "yellow"))
    window = f"no person is enrolled twice within {found.window}"
    again = window if found.window else f"each {found.records} is enrolled once, ever"
    console.print(safe(f"  {again}\n", "bright_black"))


def show_unsocial(console: Console, found: RulePreview | Outlook) -> None:
    """Names a first message at night or on a weekend before anything is sent."""
    if found.unsocial and found.unsocial_example:
        who = count(found.unsocial, found.records)
        line = f"  {who} would get the first message at night or on a weekend, such as {found.unsocial_example}"
        console.print(safe(line, "yellow"), soft_wrap=True)


def count(number: int, kind: str) -> str:
    """A number of records in words."""
    return number_of(number, *_PLURALS[kind])
