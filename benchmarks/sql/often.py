"""How often each query runs, as ``adapters/postgres/sql/often.toml`` says."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from tools.queries import sql_files

if TYPE_CHECKING:
    from benchmarks.sql.calls import Told

LIMIT_MS = 20.0
"""What a query that runs per event may take, and as much again for each thousand rows that it gives."""
_TABLE = sql_files.SQL / "often.toml"


class Often(StrEnum):
    """For what a query runs once."""

    EVENT = "event"
    """Something that happens: a hook, a mail, a send, a step, a click."""
    ROUND = "round"
    """A look for work, several times a second or a minute."""
    PAGE = "page"
    """A page of a list, or a question of a person."""
    COMMAND = "command"
    """An order of a person, or a page of what it leads to."""
    NIGHT = "night"
    """A daily round over everything."""
    ONCE = "once"
    """A start, or an upgrade."""

    @property
    def is_per_event(self) -> bool:
        """Whether it is on a path where time counts for everybody."""
        return self in (Often.EVENT, Often.ROUND)


@cache
def table() -> dict[str, dict[str, str]]:
    """By file, and by query where a query differs from its file."""
    found: dict[str, dict[str, str]] = tomllib.loads(_TABLE.read_text())
    return found


def often(name: str) -> Often:
    """Of a query, or of a list (``list:NAME``).

    Raises:
        LookupError: nothing speaks of its file.
    """
    if name.startswith("list:"):
        return Often.PAGE
    if own := table()["queries"].get(name):
        return Often(own)
    return Often(table()["files"][_files()[name]])


@cache
def _files() -> dict[str, str]:
    return {query.name: query.file for query in sql_files.read()}


def is_slow(frequency: Often, told: Told) -> bool:
    """Whether a query is too slow for where it runs."""
    return frequency.is_per_event and told.worst_ms > LIMIT_MS * (1 + told.rows / 1_000)
