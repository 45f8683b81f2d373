"""What no file may say, and where tests share. Who may import whom is in pyproject.toml (import-linter)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sequences", "adapters", "services", "activities", "workflows", "starter")
OURS = (*ROOMS, "relance", "docker", "benchmarks", "tests", "docs", "examples")
TEXT = {".py", ".md", ".yaml", ".yml", ".sql", ".toml", ".txt", ".sh", ".html", ".json", ".eml", ""}
PLACES = re.compile(r"(?<![\w.{}/-])/(?:root|work|home/(?!relance\b)\w+|Users|private/tmp)(?![\w-])|\b[A-Z]:\\Users\b")


def modules() -> list[Path]:
    return sorted([ROOT / "worker.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))])


def room_of(file: Path) -> str:
    relative = file.relative_to(ROOT)
    return relative.stem if len(relative.parts) == 1 else relative.parts[0]


def test_every_room_is_there_and_has_modules() -> None:
    assert {room_of(file) for file in modules()} == {*ROOMS, "worker"}


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
