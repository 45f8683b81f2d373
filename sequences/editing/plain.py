"""Plain values as a sequence file would say them: on one line, or on lines of their own where that would be long."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_LONGEST: Final = 90
"""Characters of a mapping that stays on one line."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./:@+-]*")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS_OF_YAML: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_NOT_KEYS: Final = frozenset({"true", "false", "null"})


def scalar(value: str) -> str:
    """A text as a file would say it: in quotes where it would mean something else."""
    plain = _PLAIN.fullmatch(value) and not value.endswith((" ", ":")) and ": " not in value
    if plain and value.lower() not in _WORDS_OF_YAML and not re.fullmatch(r"[0-9._+-]+|0[xo].*|[0-9.]+e.*", value):
        return value
    return json.dumps(value, ensure_ascii=False)


def on_one_line(value: Any) -> str:
    """Any plain value on one line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {on_one_line(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(on_one_line, value)) + "]"
    return json.dumps(value)


def behind_key(value: Any, column: int) -> str:
    """What follows ``key:`` in a block, with the blank or the line break before it.

    Args:
        value: plain.
        column: of the key.
    """
    line, pad = on_one_line(value), "\n" + " " * (column + 2)
    if value and (len(line) > _LONGEST or _has_parts(value)):
        if isinstance(value, dict):
            return "".join(f"{pad}{_key(key)}:{behind_key(each, column + 2)}" for key, each in value.items())
        if isinstance(value, list | tuple):
            return "".join(f"{pad}- {item(each, column + 2)}" for each in value)
    return f" {line}"


def item(value: Any, column: int) -> str:
    """What follows the dash of an item.

    Args:
        value: plain.
        column: of the dash.
    """
    line = on_one_line(value)
    # A follow-up is its only key: as such it is written without braces.
    if not isinstance(value, dict) or not value or (len(line) <= _LONGEST and len(value) > 1):
        return line
    pairs = (f"{_key(key)}:{behind_key(each, column + 2)}" for key, each in value.items())
    return ("\n" + " " * (column + 2)).join(pairs)


def pair(key: str, value: Any, column: int) -> str:
    """A key with its value, in a block."""
    return f"{_key(key)}:{behind_key(value, column)}"


def pair_on_one_line(key: str, value: Any) -> str:
    """A key with its value, between braces."""
    return f"{_key(key)}: {on_one_line(value)}"


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) and key.lower() not in _NOT_KEYS else json.dumps(key, ensure_ascii=False)


def _has_parts(value: Any) -> bool:
    """A list of mappings has a line for each."""
    return isinstance(value, list | tuple) and any(isinstance(each, dict | list | tuple) for each in value)
