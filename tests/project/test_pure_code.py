"""The domain and the workflows are pure: time, randomness and ids are passed in, nothing is read, nothing is kept.

This reads the source, so it also sees what no test runs. What it cannot see is seen when code runs: the tests and the
replays use the sandbox of Temporal's SDK, and a worker does not start before the sandbox has loaded each workflow
(``CheckedRunner``). Who may import what is in pyproject.toml (import-linter).
"""

from __future__ import annotations

import ast
import importlib
import re
import types
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TypeVar

import pytest
from temporalio.common import RetryPolicy, SearchAttributeKey

ROOT = Path(__file__).parents[2]
PURE = [file for room in ("sequences", "workflows") for file in sorted((ROOT / room).rglob("*.py"))]
IMPURE_MODULES = {"aiohttp", "http", "httpx", "logging", "os", "random", "requests", "secrets", "shutil", "socket"}
IMPURE_MODULES |= {"subprocess", "tempfile", "threading", "time"}
IMPURE_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid.uuid1", "uuid.uuid4"}
# In a workflow asyncio runs on the workflow's own loop. These leave it, or go through a set in its order.
IMPURE_CALLS |= {"asyncio.as_completed", "asyncio.wait", "asyncio.to_thread", "asyncio.run", "asyncio.open_connection"}
IMPURE_NAMES = {"uuid1", "uuid4", "open", "input", "eval", "exec", "breakpoint"}
READING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "glob", "rglob", "iterdir"}
# The domain reads its own tables only: data that is installed with the code and is the same for everybody.
TABLES = {
    "sequences/reactions/english.py": "english_words.txt beside it, through importlib.resources",
    "sequences/reactions/language.py": "foreign_words.txt beside it, through importlib.resources",
    "sequences/reactions/opt_out/other_languages.py": "other_languages.toml beside it, through importlib.resources",
    "sequences/reactions/opt_out/phrases.py": "phrases/CODE.toml beside it, through importlib.resources",
    "sequences/reactions/opt_out/match.py": "patterns.toml beside it, through importlib.resources",
    "sequences/reactions/opt_out/company.py": "company.toml beside it, through importlib.resources",
    "sequences/reactions/opt_out/company_other_languages.py": "its .toml beside it, through importlib.resources",
    "sequences/planning/phone_country_zone.py": "zone.tab of the tz database, which zoneinfo reads too",
}
LOGGING = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOG_KEYWORDS = {"extra", "exc_info", "stack_info", "stacklevel"}
# A slot of a class is where each run keeps its own value.
CODE = (type, types.FunctionType, types.MemberDescriptorType, types.ModuleType, TypeVar)
CONSTANT = (str, bytes, int, float, types.NoneType, timedelta, Enum, re.Pattern, types.MappingProxyType)
# The SDK's own values, which it never changes.
CONSTANT_OF_THE_SDK = (RetryPolicy, SearchAttributeKey)


def known_names(tree: ast.AST) -> dict[str, str]:
    """What the names that a file imports are: ``{"dt": "datetime.datetime"}``."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            known |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return known


def dotted(node: ast.AST, known: dict[str, str]) -> str:
    """The full name of what is called, as far as the source says it."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    return f"{dotted(node.value, known)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def impure_calls(source: str) -> list[str]:
    tree = ast.parse(source)
    known = known_names(tree)
    calls = [(node.lineno, dotted(node.func, known)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"{line}: {name}()" for line, name in calls if is_impure(name)]


def is_impure(name: str) -> bool:
    first, _, rest = name.partition(".")
    if name.startswith("temporalio.workflow."):
        return False
    return (
        ".".join(name.split(".")[-2:]) in IMPURE_CALLS
        or (first in IMPURE_MODULES and bool(rest))
        or name in IMPURE_NAMES
    )


def bad_log_calls(source: str) -> list[str]:
    """Calls of a logger with keyword arguments of one's own: a TypeError, but only where the level is switched on."""
    return [
        f"{node.lineno}: {keyword.arg}="
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING
        for keyword in node.keywords
        if keyword.arg not in LOG_KEYWORDS
    ]


def global_statements(source: str) -> list[str]:
    return [str(node.lineno) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Global)]


def is_constant(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(is_constant(each) for each in value)
    return isinstance(value, CONSTANT + CONSTANT_OF_THE_SDK + CODE)


def is_sdks_or_pythons(name: str) -> bool:
    return name.startswith("__") or name == "annotations"


def found_in_pure_code(look: Callable[[str], list[str]]) -> list[str]:
    return [f"{file.relative_to(ROOT)}:{problem}" for file in PURE for problem in look(file.read_text())]


def test_pure_code_asks_no_clock_no_dice_and_no_disk() -> None:
    assert found_in_pure_code(impure_calls) == [], "time, randomness and ids are passed in; workflows have their own"


def test_pure_code_logs_without_keyword_arguments_of_its_own() -> None:
    assert found_in_pure_code(bad_log_calls) == [], 'write extra={"name": value}'


def test_pure_code_assigns_to_no_variable_of_a_module() -> None:
    assert found_in_pure_code(global_statements) == [], "what changes belongs to the run"


def test_the_domain_reads_its_own_tables_only() -> None:
    reading = {
        str(file.relative_to(ROOT))
        for file in PURE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING
    }
    assert reading == set(TABLES), "what people write or configure is passed in"


@pytest.mark.parametrize("name", [file.stem for file in PURE if file.parent.name == "workflows"])
def test_what_runs_share_is_constant(name: str) -> None:
    """All runs of a worker share the modules and classes of their workflows, on many threads."""
    module = importlib.import_module(f"workflows.{name}")
    of_module = {name: value for name, value in vars(module).items() if not is_sdks_or_pythons(name)}
    of_classes = {
        f"{kind.__name__}.{name}": value
        for kind in of_module.values()
        if isinstance(kind, type) and kind.__module__ == module.__name__
        for name, value in vars(kind).items()
        if not is_sdks_or_pythons(name)
    }
    variable = {name: value for name, value in (of_module | of_classes).items() if not is_constant(value)}
    assert variable == {}, "a table is a MappingProxyType or a tuple; what changes belongs to the run"


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "from datetime import datetime as dt\ndt.now()",
        "date.today()",
        "random.random()",
        "from random import choice as pick\npick([1])",
        "uuid4()",
        "time.time()",
        "from os import environ\nenviron.get('HOME')",
        "open('/etc/hosts')",
        "import socket as s\ns.socket()",
        "requests.get('http://example.com')",
        "asyncio.wait([])",
    ],
)
def test_an_impure_call_is_noticed(source: str) -> None:
    assert impure_calls(source)


@pytest.mark.parametrize(
    "source",
    [
        "from temporalio import workflow\nworkflow.now()\nworkflow.uuid4()\nworkflow.random().random()",
        "asyncio.sleep(1)",
        "asyncio.create_task(work())",
        "now.time()",
        "opened(1)",
    ],
)
def test_a_workflows_own_clock_and_dice_are_allowed(source: str) -> None:
    assert impure_calls(source) == []


def test_keyword_arguments_of_a_logger_are_noticed() -> None:
    assert bad_log_calls("workflow.logger.info('stopped', run=1)") == ["1: run="]
    assert bad_log_calls("workflow.logger.info('stopped', extra={'run': 1}, exc_info=True)") == []


@pytest.mark.parametrize(
    ("value", "constant"), [((1, "a"), True), (([],), False), ({}, False), (frozenset("ab"), True)]
)
def test_what_can_change_is_noticed(value: object, constant: bool) -> None:
    assert is_constant(value) is constant
