"""A verdict for people: a table of the promises, and whatever was broken with its evidence."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.campaign.reader import PROMISES, Verdict

SUMMARY = "summary.md"


def write_report(folder: Path, verdict: Verdict, seed: int, problems: list[str]) -> None:
    """Writes ``summary.md``."""
    lines = [
        "# A campaign of faults",
        "",
        f"Seed {seed}. " + ("Every promise was kept." if verdict.kept else "Broken."),
        "",
    ]
    lines += ["| promise | cases | broken |", "|---|---|---|"]
    for promise in PROMISES:
        lines.append(f"| {promise} | {verdict.checked[promise]} | {_broken(verdict, promise)} |")
    lines += ["", "| figure | |", "|---|---|"]
    lines += [f"| {name.replace('_', ' ')} | {number} |" for name, number in verdict.figures.items()]
    lines += [f"| messages that had begun when an answer was acknowledged | {verdict.begun} |"]
    lines += [f"| messages that are due later | {verdict.waiting} |", ""]
    for each in verdict.broken:
        lines += [f"## {each.promise}: {each.person}", "", each.what, "", *(f"    {line}" for line in each.lines), ""]
    if problems:
        lines += ["## Inputs that were refused", "", *(f"- {problem}" for problem in problems), ""]
    (folder / SUMMARY).write_text("\n".join(lines))


def show(console: Console, verdict: Verdict) -> None:
    """The same on a terminal."""
    table = Table()
    for column in ("promise", "cases", "broken"):
        table.add_column(column, justify="left" if column == "promise" else "right")
    for promise in PROMISES:
        table.add_row(promise, str(verdict.checked[promise]), str(_broken(verdict, promise)))
    console.print(table)
    figures = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in verdict.figures.items())
    console.print(f"{figures}, {verdict.begun} had begun before, {verdict.waiting} are due later", highlight=False)
    for each in verdict.broken:
        console.print(
            f"[bold red]broken:[/] {each.promise}. {each.person}: {each.what}", highlight=False, soft_wrap=True
        )
        for line in each.lines:
            console.print(f"    {line}", highlight=False, soft_wrap=True)


def _broken(verdict: Verdict, promise: str) -> int:
    return sum(each.promise == promise for each in verdict.broken)
