"""What the commands of ``relance sentiment`` share: settings, errors with a status, and a table of measures."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer
from rich.console import Console

from sequences.errors import ModelError, SettingsError
from starter.cli import tables

if TYPE_CHECKING:
    from adapters.sentiment.settings import SentimentSettings

_T = TypeVar("_T")

BAD_INPUT = 2
"""Exit status when a file, the model or standard input cannot be used."""
errors = Console(stderr=True)


def measures(title: str, numbers: dict[str, Any]) -> None:
    """Prints what was measured, one line a number."""
    rows = [
        (name.replace("_", " "), "-" if value is None else f"{value}")
        for name, value in numbers.items()
        if name != "confusion"
    ]
    rows += [
        (f"confusion: {true}", ", ".join(f"{count} {label}" for label, count in said.items()))
        for true, said in numbers["confusion"].items()
    ]
    tables.table(title, ("measure", "value"), rows)


def settings() -> SentimentSettings:
    """The settings of the environment; ends the program when they are wrong."""
    from adapters.settings import load_sentiment_settings

    return or_exit(load_sentiment_settings)


def or_exit(work: Callable[[], _T]) -> _T:
    """What ``work`` returns; ends the program with the message of an error that the user can mend."""
    try:
        return work()
    except (ModelError, SettingsError) as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Ends the program with a message and ``BAD_INPUT``."""
    errors.print(message, markup=False, style="red")
    raise typer.Exit(BAD_INPUT)
