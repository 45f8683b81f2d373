"""Two clocks: a run decides with its own time, which is handed to it; the wall clock is read in one place only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECIDING = sorted(
    file for room in ("activities", "services", "adapters/postgres") for file in (ROOT / room).rglob("*.py")
)
QUERIES = sorted((ROOT / "adapters" / "postgres").rglob("*.sql"))
_CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "fromtimestamp"}
_CLOCK_OWNERS = {"datetime", "date", "time"}
_SQL_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|"
    r"\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b",
    re.IGNORECASE,
)


def clock_readings(source: str) -> list[int]:
    """Lines on which Python code asks a clock."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CLOCKS:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if name in _CLOCK_OWNERS:
                found.append(node.lineno)
    return found


def sql_clock_readings(source: str) -> list[str]:
    """What SQL asks the server's clock with; comments and parameters (``:now``) do not count."""
    code = "\n".join(line.partition("--")[0] for line in source.splitlines())
    return [match.group(0) for match in _SQL_CLOCK.finditer(re.sub(r"(?<!:):\w+", "", code))]


@pytest.mark.parametrize("file", DECIDING, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_activity_and_no_repository_asks_the_wall_clock(file: Path) -> None:
    assert clock_readings(file.read_text()) == []


# Whoever writes past Relance hands over no time: the trigger stamps the change row, as a hook would.
FROM_OUTSIDE = {"0007_rules.sql": ["clock_timestamp("]}


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_query_and_no_default_asks_the_servers_clock(file: Path) -> None:
    assert sql_clock_readings(file.read_text()) == FROM_OUTSIDE.get(file.name, [])


def test_the_search_itself_finds_what_it_looks_for() -> None:
    assert clock_readings("import datetime\nx = datetime.datetime.now()\ny = time.time()\n") == [2, 3]
    assert clock_readings("now = clock()\nself.now\n") == []
    assert sql_clock_readings("SELECT now(), :now, x.current_timestamp -- now()") == ["now(", "current_timestamp"]
