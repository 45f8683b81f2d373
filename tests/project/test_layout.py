"""What no file may do or say. Who may import whom stands in pyproject.toml (import-linter)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sequences", "adapters", "services", "activities", "workflows", "starter")
IMPURE_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("uuid", "uuid1"),
    ("uuid", "uuid4"),
}
IMPURE_NAMES = {"uuid1", "uuid4", "open"}
READING = {"open", "read_text", "read_bytes", "glob", "rglob", "iterdir"}
# The domain reads its own tables only: data that is installed with the code and is the same for everybody.
TABLES = {
    "sequences/reactions/opt_out/match.py": "patterns.toml beside it, through importlib.resources",
    "sequences/planning/phone_country_zone.py": "zone.tab of the tz database, which zoneinfo reads too",
}

OURS = (*ROOMS, "docker", "benchmarks", "tests", "docs", "examples")
TEXT = {".py", ".md", ".yaml", ".yml", ".sql", ".toml", ".txt", ".sh", ".html", ".json", ".eml", ""}
PLACES = re.compile(r"(?<![\w.{}/-])/(?:root|work|home/(?!relance\b)\w+|Users|private/tmp)(?![\w-])|\b[A-Z]:\\Users\b")


def modules() -> list[Path]:
    return sorted([ROOT / "worker.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))])


def room_of(file: Path) -> str:
    relative = file.relative_to(ROOT)
    return relative.stem if len(relative.parts) == 1 else relative.parts[0]


def impure_calls(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute):
            owner = called.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if (name, called.attr) in IMPURE_CALLS or name == "random":
                found.append(f"{node.lineno}: {name}.{called.attr}()")
        elif isinstance(called, ast.Name) and called.id in IMPURE_NAMES:
            found.append(f"{node.lineno}: {called.id}()")
    return found


def test_every_room_is_there_and_has_modules() -> None:
    assert {room_of(file) for file in modules()} == {*ROOMS, "worker"}


def test_the_domain_asks_no_clock_no_dice_and_no_disk() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{problem}"
        for file in modules()
        if room_of(file) == "sequences"
        for problem in impure_calls(file.read_text())
    ]
    assert wrong == [], "time, randomness and ids are passed in"


def test_the_domain_reads_its_own_tables_only() -> None:
    reading = {
        str(file.relative_to(ROOT))
        for file in modules()
        if room_of(file) == "sequences"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING
    }
    assert reading == set(TABLES), "what people write or configure is passed in"


def test_workflows_ask_no_clock_but_their_own() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{problem}"
        for file in modules()
        if room_of(file) == "workflows"
        for problem in impure_calls(file.read_text())
    ]
    assert wrong == [], "inside a workflow time is workflow.now()"


@pytest.mark.parametrize(
    "source",
    ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "random.random()", "uuid4()", "time.time()"],
)
def test_an_impure_call_is_noticed(source: str) -> None:
    assert impure_calls(source)


def text_files() -> Iterator[Path]:
    top = [file for file in ROOT.iterdir() if file.is_file() and not file.name.startswith(".env")]
    inside = [file for room in OURS if (ROOT / room).exists() for file in (ROOT / room).rglob("*")]
    hidden = [ROOT / ".env.example", *(ROOT / ".ci").glob("*")]
    for file in (*top, *inside, *hidden):
        if file.is_file() and file.suffix in TEXT and "__pycache__" not in file.parts and file != Path(__file__):
            yield file


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    wrong = []
    for file in text_files():
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            # Mails in other charsets are test data as they came.
            text = file.read_bytes().decode("latin-1")
        for number, line in enumerate(text.splitlines(), start=1):
            if PLACES.search(line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "noticed"),
    [
        ("cd /root/w/project", True),
        ("see /work/notes/design.md", True),
        ("python=/home/sam/venv", True),
        ("GET /work-orders", False),
        ("the grep was for roots", False),
        ("https://agency.example/work/x", False),
        ("WORKDIR /home/relance", False),
    ],
)
def test_a_machine_path_is_noticed(line: str, noticed: bool) -> None:
    assert bool(PLACES.search(line)) is noticed


def test_tests_share_by_way_of_support_only() -> None:
    """A conftest holds fixtures, a test file tests; what others import lies in ``tests/support``."""
    wrong = [
        f"{file.relative_to(ROOT)}: {node.module}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("tests.")
        and not (node.module or "").startswith("tests.support")
    ]
    assert wrong == []
