"""What commands print: plain JSON for programs, rich tables for people, and nothing that steers a terminal."""

from __future__ import annotations

import dataclasses
import enum
import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress

PIPE_WIDTH = 160
"""Columns of what is laid out to a width, when the output is no terminal. Tables need none then."""

COLOURS: Mapping[str, str] = {
    "sent": "green",
    "done": "green",
    "active": "green",
    "finished": "green",
    "positive": "green",
    "delivered": "green",
    "planned": "cyan",
    "waiting": "yellow",
    "starting": "cyan",
    "reacting": "cyan",
    "claimed": "cyan",
    "unplanned": "bright_black",
    "paused": "yellow",
    "held": "yellow",
    "unknown": "yellow",
    "skipped": "yellow",
    "neutral": "yellow",
    "stopped": "magenta",
    "cancelled": "bright_black",
    "refused": "red",
    "failed": "red",
    "dead": "red",
    "pending": "cyan",
    "negative": "red",
    "suppressed": "red",
}
"""The colour of each state, the same in every table."""

_KEPT = "\n\t\u200c\u200d"
# Soft hyphen, zero width space, word joiner, byte order mark: mails and exports leave them.
_UNSEEN = "\u00ad\u200b\u2060\ufeff"

WAITS = "waits for its date"
"""Where an instant would stand, of a step that has none until day zero is known."""


def console(*, stderr: bool = False) -> Console:
    """A console for now: colours only in a terminal, never with ``NO_COLOR``."""
    return Console(stderr=stderr, highlight=False, width=None if _has_width(stderr=stderr) else PIPE_WIDTH)


def terminal_width() -> int | None:
    """Columns of the terminal, or of ``COLUMNS``; None when nobody laid down a width: a pipe or a file."""
    return console().width if _has_width(stderr=False) else None


def _has_width(*, stderr: bool) -> bool:
    return (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ


def say(*parts: object, style: str | None = None) -> None:
    """A sentence for people on standard output: one line, or folded between words where a terminal is narrower."""
    for line in folded(safe(" ".join(str(part) for part in parts), style or "")):
        console().print(line, soft_wrap=True)


def folded(text: Text, *, indent: int = 0) -> list[Text]:
    """Lines no wider than the terminal less ``indent``; a word is never broken, so that paths and ids can be copied."""
    width = terminal_width()
    longest = max((cell_len(word) for word in text.plain.split()), default=0)
    if width is None:
        return list(text.split("\n")) or [text]
    lines = list(text.wrap(console(), max(width - indent, longest, 1)))
    for line in lines:
        line.rstrip()
    return lines or [text]


def warn(message: str, style: str = "yellow") -> None:
    """One line on standard error: warnings and errors never mix with what a program reads."""
    console(stderr=True).print(safe(message), style=style, soft_wrap=True)


def progress(*, quiet: bool = False) -> Progress:
    """A bar for work that is counted, on standard error; it is gone afterwards, and only a terminal has it."""
    from rich.progress import (  # noqa: PLC0415 - most commands show none
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    errors = console(stderr=True)
    return Progress(*columns, console=errors, transient=True, disable=quiet or not errors.is_terminal)


def safe(value: object, style: str = "") -> Text:
    """Text that cannot steer the terminal: what strangers write to us is printed too.

    Every space is a plain one, joiners stay inside of their words and emoji, and marks that nobody sees are left out.
    """
    kept = "".join(map(_safe, str(value).replace("\r\n", "\n")))
    return Text(kept.replace("\t", "    "), style=style)


def _safe(char: str) -> str:
    if char.isprintable() or char in _KEPT:
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return "" if char in _UNSEEN else "\ufffd"


def state(value: str | None) -> Text:
    """A state in its colour."""
    return safe(value or "", COLOURS.get(value or "", ""))


def cell(value: object) -> Text:
    """One value as a cell: instants short and in UTC, nothing for None."""
    if value is None:
        return Text("")
    if isinstance(value, Text):
        return value
    if isinstance(value, datetime):
        return safe(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z")
    if isinstance(value, bool):
        return Text("yes" if value else "")
    return safe(value)


def local(instant: datetime, timezone: str | None) -> str:
    """An instant on the wall clock of ``timezone`` (UTC without one), with the weekday people plan by."""
    return f"{instant.astimezone(ZoneInfo(timezone) if timezone else UTC):%a %d %b %Y %H:%M}"


def step_label(step: str, variant: str | None) -> str:
    """A step with the variant of its message, if it has any."""
    return f"{step} ({variant})" if variant else step


def version_label(version: int | None) -> str:
    """A version of a sequence; that of a file has no number yet."""
    return f"version {version}" if version else "not published"


def print_json(value: object) -> None:
    """Plain JSON on standard output: instants in UTC as ISO 8601 with ``Z``, everything beyond ASCII escaped."""
    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")


def plain(value: object) -> Any:
    """A value as JSON knows it.

    Raises:
        TypeError: a kind of value that no command should print, such as bytes.
    """
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return _iso(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    # Imported here: most commands print no row of Postgres, and those that only check files never do.
    from adapters.postgres.row import Row  # noqa: PLC0415

    if isinstance(value, Row):
        return plain(value.as_dict())
    raise TypeError(f"{type(value).__name__} is not for JSON")


def _iso(value: date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat()
