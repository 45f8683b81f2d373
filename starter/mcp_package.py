"""The packages that tools for assistants need on top: an extra, because few installations want them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sequences.errors import SettingsError

INSTALL: Final = "pip install --no-deps --require-hashes --requirement requirements-mcp.txt"


def require_mcp() -> None:
    """Does nothing where they are installed.

    Raises:
        SettingsError: they are not; the message says how to install them.
    """
    if find_spec("mcp") is None:
        raise SettingsError(f"tools for assistants need packages on top: {INSTALL}")
