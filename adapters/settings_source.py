"""Where settings are read from: the environment, then ``local.env`` of the local stack that runs here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_S = TypeVar("_S", bound=BaseSettings)


def home() -> Path:
    """The data folder of the local stack: ``RELANCE_HOME``, else ``.relance`` here."""
    return Path(os.environ.get("RELANCE_HOME", ".relance")).absolute()


def read_settings(kind: type[_S]) -> _S:
    """Reads all settings of one class.

    Raises:
        SettingsError: a setting is missing or wrong; the message names each with what to do, and never its value.
    """
    local = home() / "local.env"
    try:
        return kind(_env_file=local if local.exists() else None)
    except ValidationError as error:
        missing = [_name(item) for item in error.errors() if item["type"] == "missing"]
        problems = [f"{_name(item)}: {item['msg']}" for item in error.errors() if item["type"] != "missing"]
        if missing:
            problems.append(
                f"no local stack runs here ({home()}): start it with `relance up` and leave it running, or set "
                f"{', '.join(missing)} in the environment (docs/operations.md lists all)"
            )
        raise SettingsError("; ".join(problems)) from None


def _name(item: ErrorDetails) -> str:
    return f"RELANCE_{str(item['loc'][0]).upper()}"
