"""Where the messages are that the local stack captured."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sequences.errors import SettingsError

Folder = Annotated[
    Path | None,
    typer.Option(help="Folder to read; default: the one of the local stack.", exists=True, file_okay=False),
]


def captured_in(setting: str) -> Path:
    """The folder of the local stack that this setting names.

    Raises:
        SettingsError: it is not set.
    """
    from adapters.settings import load_settings

    value = str(getattr(load_settings(), setting))
    if not value:
        raise SettingsError(
            f"RELANCE_{setting.upper()} is not set. Only the local stack captures messages; otherwise give --folder"
        )
    return Path(value)
