"""How the demo tells its story: a line for all that happens, a table of what was expected, where to look next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_COLOURS = {"mail": "cyan", "text": "magenta", "reply": "yellow", "click": "yellow", "stop": "red", "end": "red"}
_COLOURS |= {"whatsapp": "magenta", "refused": "red", "follow-up": "green", "form": "yellow", "task": "blue"}


@dataclass(frozen=True)
class Expectation:
    """Something that must be true at the end.

    Attributes:
        where: the place that it was read back from: ``Postgres``, ``mail``, ``texts``, ``Temporal``, ``HTTP``
            or ``CRM``.
        found: what was found instead, for when it is not met.
    """

    what: str
    where: str
    met: bool
    found: str = ""


class Telling:
    """Prints the story."""

    def __init__(self, console: Console, began: datetime) -> None:
        self._console = console
        self.began = began

    def title(self, text: str) -> None:
        """A chapter."""
        self._console.print()
        self._console.rule(f"[bold]{text}[/]", align="left")

    def happened(self, at: datetime, kind: str, who: str, words: str) -> None:
        """One thing that happened, at the run's own time."""
        line = Text("  ")
        line.append(f"day {(at - self.began).days:>2}  {at:%a %d %b %H:%M}  ", style="dim")
        line.append(f"{who:<5}", style="bold")
        line.append(f"{kind:<10}", style=_COLOURS.get(kind, ""))
        line.append(words)
        self._console.print(line, overflow="ellipsis", no_wrap=True)

    def verdict(self, expectations: list[Expectation]) -> None:
        """Every expectation with its outcome."""
        table = Table(title="Expectations and results", title_style="bold", show_lines=False)
        for heading in ("", "expectation", "read from"):
            table.add_column(heading)
        for item in expectations:
            mark = "[green]yes[/]" if item.met else "[bold red]NO[/]"
            found = "" if item.met else f"\n[red]found: {escape(item.found)}[/]"
            table.add_row(mark, f"{item.what}{found}", item.where)
        self._console.print()
        self._console.print(table)

    def next_steps(self, lines: list[tuple[str, str]]) -> None:
        """Where to look next."""
        body = "\n".join(f"[bold]{command}[/]  {why}" for command, why in lines)
        self._console.print(Panel(body, title="Where to look next", title_align="left", expand=False))
