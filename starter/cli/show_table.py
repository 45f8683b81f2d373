"""The story of an enrollment as a terminal shows it: a panel, its steps, and what happened."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.box import ROUNDED
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sequences.channels import CHANNELS
from sequences.runs.hold import hold_words
from starter.cli import output, tables
from starter.cli.output import safe
from starter.cli.tables import Whole

if TYPE_CHECKING:
    from rich.console import Console

    from services.reading.run_story import StepLine, Timeline
    from services.reading.run_story_words import Moment

MARKS = {
    "enrolled": ("+", "cyan"),
    "started": (">", "cyan"),
    "sent": ("✓", "green"),
    "done": ("✓", "green"),
    "skipped": ("-", "yellow"),
    "refused": ("✗", "red"),
    "failed": ("✗", "red"),
    "unknown": ("?", "yellow"),
    "reaction": ("«", "bold"),
    "decision": ("=", "magenta"),
    "follow_up": ("»", "blue"),
    "suppression": ("!", "red"),
    "paused": ("‖", "yellow"),
    "resumed": (">", "cyan"),
    "stopped": ("■", "magenta"),
    "finished": ("■", "green"),
    "planned": ("·", "bright_black"),
    "command": ("*", "magenta"),
}
_LONGEST_REPLY = 600


def show_story(story: Timeline) -> None:
    """Prints the story."""
    console = output.console()
    console.print(_header(story))
    console.print()
    _steps(story)
    console.print()
    _moments(console, story)


def _header(story: Timeline) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bright_black")
    grid.add_column(overflow="fold")
    state = output.state(story.state)
    state.stylize("bold")
    if story.reason:
        state = state + safe(f"  {story.reason}")
    grid.add_row("state", state)
    grid.add_row("sequence", safe(f"{story.sequence}, version {story.version}"))
    grid.add_row("person", safe(f"{story.person_name} ({story.person_id})" if story.person_name else story.person_id))
    if story.record_type != "person":
        grid.add_row(story.record_type, safe(story.record_id))
    grid.add_row("owner", safe(story.owner_id or "none"))
    if story.next_step and story.next_due_at:
        zone = next((step.timezone for step in story.steps if step.step == story.next_step), None)
        due = f"{story.next_step}, {output.local(story.next_due_at, zone)} {zone or 'UTC'}"
        grid.add_row("next", safe(due, "cyan"))
    elif story.next_step:
        grid.add_row("next", safe(f"{story.next_step}, {output.WAITS}", "yellow"))
    for hold in story.holds:
        grid.add_row("hold", safe(f"{hold_words(hold)}: nothing is sent", "yellow"))
    grid.add_row("enrollment", safe(story.enrollment))
    return Panel(grid, title=safe(story.name, "bold"), title_align="left", box=ROUNDED, expand=False, padding=(0, 1))


def _steps(story: Timeline) -> None:
    tables.table(
        "Steps",
        ("step", "by", "state", "when", "zone (from)", "moved by", "reason"),
        (
            (
                Whole(output.step_label(step.step, step.variant)),
                CHANNELS[step.channel].label if step.channel in CHANNELS else step.channel,
                output.state(step.state),
                _when(step),
                f"{step.timezone} ({step.timezone_source})" if step.timezone else None,
                safe(", ".join(step.moved_by), "yellow"),
                ", ".join(part for part in (step.reason, step.provider_status, _only_if(step)) if part),
            )
            for step in story.steps
        ),
    )


def _only_if(step: StepLine) -> str:
    """Of a step that is still to come."""
    waits = step.state in ("planned", "waiting", "unplanned")
    return f"only if {'; '.join(step.conditions)}" if waits and step.conditions else ""


def _when(step: StepLine) -> Text:
    happened = step.decided_at if step.state not in ("planned", "waiting", "cancelled") else None
    instant = happened or step.due_at
    if instant is None:
        return Text("")
    style = "" if happened else ("bright_black strike" if step.state == "cancelled" else "cyan")
    return safe(output.local(instant, step.timezone), style)


def _moments(console: Console, story: Timeline) -> None:
    zone = next((step.timezone for step in story.steps if step.timezone), None)
    table = Table(
        title=f"What happened (times in {zone or UTC})",
        title_justify="left",
        title_style="bold",
        box=None,
        show_header=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for moment in story.moments:
        mark, colour = MARKS.get(moment.kind, ("·", ""))
        faint = moment.kind == "planned"
        when = safe(output.local(moment.at, zone), "bright_black" if faint else "")
        table.add_row(when, Text(mark, colour), _words(moment, colour if faint else ""))
    console.print(table)


def _words(moment: Moment, style: str) -> Text:
    words = safe(moment.what, style or ("bold" if moment.kind in ("reaction", "stopped", "finished") else ""))
    if moment.why:
        words = words + safe(f"  {moment.why}", "bright_black")
    if moment.text:
        quoted = moment.text.strip()
        shown = quoted if len(quoted) <= _LONGEST_REPLY else quoted[:_LONGEST_REPLY] + " ..."
        words = words + safe("".join(f"\n  | {line}" for line in shown.splitlines()), "italic")
    return words
