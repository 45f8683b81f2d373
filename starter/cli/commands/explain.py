"""``relance explain``: why somebody is or is not in a sequence."""

# ruff: noqa: PLC0415 - Postgres is imported by the command, never by `--help`.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sequences.number_words import number_of
from sequences.runs.hold import hold_words
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.output import safe
from starter.cli.session import open_database, run
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from services.explaining.answer import Explanation, Window

_GOOD, _BAD, _FAINT = ("✓", "green"), ("✗", "red"), "bright_black"


def explain(
    person: Annotated[str, typer.Argument(help="Id of the person.", show_default=False)],
    sequence: Annotated[str, typer.Argument(help="Name of a published sequence.", show_default=False)],
    record: Annotated[
        str | None,
        typer.Option(help="Id of the placement; default: the one with an open run, otherwise the newest."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Explain why a person is or is not in a sequence.

    Conditions, windows, cycles, suppression, holds and refusals.
    """
    found = run(_explain(person, sequence, record))
    if as_json:
        output.print_json(found)
        return
    show(found)


async def _explain(person: str, sequence: str, record: str | None) -> Explanation:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.explaining.gather import explainer
    from services.reading.id_prefix import whole_id

    async with open_database() as database, database.transaction() as connection:
        whole = await whole_id(connection, IdKind.PERSON, person)
        about = record and await whole_id(connection, IdKind.PLACEMENT, record)
        return await explainer(load_settings()).explain(connection, sequence, whole, utc_now(), record=about)


def show(found: Explanation) -> None:
    """Prints it: the verdict first, then what it rests on."""
    console = output.console()
    colour = {"enrolled": "green", "held": "yellow", "waiting": "yellow"}.get(found.answer.value, "bold")
    output.say(found.verdict, style=colour)
    console.print()
    if found.conditions:
        _conditions(found)
        console.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=_FAINT, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, words in _lines(found):
        grid.add_row(label, words)
    console.print(grid)
    _refusals(console, found)


def _conditions(found: Explanation) -> None:
    from services.explaining.verdict import value_words

    rows = []
    for each in found.conditions:
        mark, colour = _GOOD if each.true else _BAD
        words = "nothing" if each.found is None else value_words(each.found, clock=True)
        style = colour if not each.true else _FAINT if each.found is None else ""
        rows.append((safe(mark, colour), Whole(each.field), each.wanted, safe(words, style)))
    tables.table("", ("", "condition", "wanted", "found"), rows)


def _lines(found: Explanation) -> Iterator[tuple[str, Text]]:
    yield "sequence", safe(f"{found.sequence}, version {found.version} ({found.name})")
    if found.record_type != "person":
        others = f"; also {', '.join(found.other_records)} (--record)" if found.other_records else ""
        yield found.record_type, safe(f"{found.record or 'none'}{others}")
    yield "rules", _rules(found)
    yield from _runs(found)
    yield from _standing_against(found)
    if found.queue is not None:
        batch = f", batch {found.queue.batch}" if found.queue.batch else ""
        words = f"{found.queue.state} since {output.local(found.queue.since, None)} UTC{batch}"
        yield "queue", safe(words, "yellow")
    for hold in found.holds:
        yield "hold", safe(f"{hold_words(hold)}: nothing is sent", "yellow")
    if found.unwatched_changes:
        many = number_of(found.unwatched_changes, "waits", "wait")
        yield "changes", safe(f"{many} for the watcher", "yellow")


def _rules(found: Explanation) -> Text:
    rules = found.rules
    if rules.state == "none":
        return safe("none", _FAINT)
    since = f" since {output.local(rules.since, None)} UTC" if rules.since else ""
    scanned = f", last scan {output.local(rules.scanned_at, None)} UTC" if rules.scanned_at else ""
    words = f"{rules.state}{since}{scanned}" + (f": {rules.broken}" if rules.broken else "")
    return safe(words, {"on": "", "off": "yellow", "archived": "yellow"}.get(rules.state, "red"))


def _runs(found: Explanation) -> Iterator[tuple[str, Text]]:
    from sequences.enrolling.warnings import waiting_words
    from services.explaining.verdict import via_words

    for each in ([found.run] if found.run else []) + list(found.past_runs[:5]):
        span = output.local(each.enrolled_at, None)
        if each.ended_at:
            span += f" to {output.local(each.ended_at, None)}"
        chain = f", because of {' > '.join(each.lineage)}" if each.lineage else ""
        why = f" ({each.reason})" if each.reason else ""
        words = safe(f"{span} UTC, {via_words(each.via)}{chain}, version {each.version}: ")
        words += output.state(each.state) + safe(f"{why}  {each.enrollment}", _FAINT)
        if each.next_step and each.next_due_at:
            because = f", {each.next_reason}" if each.next_reason else ""
            words += safe(f"\nnext: {each.next_step}, {output.local(each.next_due_at, None)} UTC{because}")
        yield ("run" if each.ended_at is None else "earlier run"), words
        if each.waits:
            yield "", safe(f"{waiting_words(each.waits, None)}, which is not known yet", "yellow")


def _standing_against(found: Explanation) -> Iterator[tuple[str, Text]]:
    if found.rules.state != "none":
        yield (
            "window",
            safe(f"no person is enrolled again within {found.rules.window}" if found.rules.window else "once, ever"),
        )
        for window in found.windows[:5]:
            yield "", _window(window)
        if not found.windows:
            yield "", safe("no window", _FAINT)
    for written in found.written:
        words = f"{written.field} was last written by {' > '.join(written.by)}"
        yield (
            "cycle",
            safe(words + (": not enrolled because of it" if written.blocks else ""), "red" if written.blocks else ""),
        )
    if found.conditions and not found.written:
        off = " (off: cycle_protection is window)" if found.rules.protection == "window" else ""
        yield "cycle", safe(f"no field of the rule was last written by a sequence{off}", _FAINT)
    for each in found.suppressions:
        yield "suppressed", safe(f"{each.channel}: {each.reason} since {output.local(each.since, None)} UTC", "red")
    if not found.suppressions:
        yield "suppressed", safe("no", _FAINT)


def _window(window: Window) -> Text:
    state = "open" if window.blocks else "over" if window.state in ("open", "opening") else window.state
    end = window.ended_at or window.until
    until = f"until {output.local(end, None)} UTC" if end else "forever"
    about = f", {window.record}" if window.scope == "record" else ""
    why = f" ({window.reason})" if window.reason else ""
    words = f"{state}: {output.local(window.opened_at, None)} {until}{about}{why}"
    return safe(words, "yellow" if window.blocks else _FAINT)


def _refusals(console: Console, found: Explanation) -> None:
    from sequences.auto_enroll.messages import Refusal
    from sequences.enrolling.refusals import words

    if not found.refusals:
        return
    console.print()
    tables.table(
        "Refused so far",
        ("why", "now", "last", "times", "asked", "detail", "first"),
        (
            (
                safe(words(Refusal(each.reason, each.detail or "")), "yellow"),
                "still applies" if each.state == "standing" else each.state,
                each.at,
                each.times,
                each.via,
                each.detail,
                each.first_at,
            )
            for each in found.refusals
        ),
    )
