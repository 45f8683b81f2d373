"""Where settings are read from: the environment, then ``local.env`` of the local stack that runs here."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from pydantic_settings import BaseSettings

    _S = TypeVar("_S", bound=BaseSettings)
_M = TypeVar("_M", bound=BaseModel)
_PREFIX = "RELANCE_"


def home() -> Path:
    """The data folder of the local stack: ``RELANCE_HOME``, else ``.relance`` here."""
    return Path(os.environ.get("RELANCE_HOME", ".relance")).absolute()


def local_environment() -> dict[str, str]:
    """What ``relance up`` wrote into ``local.env`` for commands in other terminals; empty when none runs here."""
    file = home() / "local.env"
    pairs = (line.partition("=") for line in file.read_text().splitlines() if "=" in line) if file.exists() else ()
    # A value with spaces is quoted, as for a shell.
    return {key.strip(): "".join(shlex.split(value)) for key, _, value in pairs}


def read_settings(kind: type[_S]) -> _S:
    """Reads all settings of one class.

    Raises:
        SettingsError: a setting is missing or wrong; the message names each with what to do, and never its value.
    """
    local = home() / "local.env"
    try:
        return kind(_env_file=local if local.exists() else None)
    except ValidationError as error:
        raise _in_our_words(error) from None


def read_part(kind: type[_M]) -> _M:
    """Reads the fields of a part of the settings that is a plain model: a tenth of the time of all of them.

    Raises:
        SettingsError: as there.
    """
    environment = {key.upper(): value for key, value in (local_environment() | os.environ).items()}
    names = {name: f"{_PREFIX}{name.upper()}" for name in kind.model_fields}
    try:
        return kind.model_validate({name: environment[key] for name, key in names.items() if key in environment})
    except ValidationError as error:
        raise _in_our_words(error) from None


def _in_our_words(error: ValidationError) -> SettingsError:
    missing = [_name(item) for item in error.errors() if item["type"] == "missing"]
    problems = [f"{_name(item)}: {item['msg']}" for item in error.errors() if item["type"] != "missing"]
    if missing:
        problems.append(
            f"no local stack runs here ({home()}): start it with `relance up` and leave it running, or set "
            f"{', '.join(missing)} in the environment (docs/operations.md lists all)"
        )
    return SettingsError("; ".join(problems))


def _name(item: ErrorDetails) -> str:
    return f"{_PREFIX}{str(item['loc'][0]).upper()}"
