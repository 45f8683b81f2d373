"""The version of what is running. It is written in one place, ``pyproject.toml``; all else reads it from there."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path


@cache
def version() -> str:
    """The version of the installed package; in a checkout that was never installed, the one of ``pyproject.toml``."""
    try:
        return metadata.version("relance")
    except metadata.PackageNotFoundError:
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
        return str(project["version"])
