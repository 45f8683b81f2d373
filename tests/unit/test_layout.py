"""The house: who may import whom, and what no file may say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sequences", "adapters", "activities", "workflows", "starter")
# One direction: starter -> workflows -> activities -> adapters, and everybody may use sequences, which uses nobody.
# Workflows call activities by name, so they import none; `worker` is the composition root and may wire everything.
MAY_IMPORT = {
    "sequences": {"sequences"},
    "adapters": {"adapters", "sequences"},
    "activities": {"activities", "adapters", "sequences"},
    "workflows": {"workflows", "sequences"},
    "starter": {"starter", "workflows", "activities", "adapters", "sequences", "worker"},
    "worker": {"starter", "workflows", "activities", "adapters", "sequences"},
}
# The domain knows no server, no engine and no clock.
NOT_IN_SEQUENCES = {
    "aiohttp", "aiosmtpd", "aiosmtplib", "aiosql", "asyncio", "asyncpg", "fastapi", "flair", "httpx", "jinja2", "os",
    "pydantic_settings", "random", "rich", "secrets", "socket", "sqlite3", "subprocess", "temporalio", "time", "torch",
    "transformers", "twilio", "typer", "uvicorn",
}  # fmt: skip
IMPURE_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "monotonic"), ("uuid", "uuid1"), ("uuid", "uuid4"),
}  # fmt: skip
IMPURE_NAMES = {"uuid1", "uuid4", "open"}

OURS = (*ROOMS, "docker", "benchmarks", "tests", "docs", "examples")
TEXT = {".py", ".md", ".yaml", ".yml", ".sql", ".toml", ".txt", ".sh", ".html", ".json", ".eml", ""}
PLACES = re.compile(r"(?<![\w.{}/-])/(?:root|work|home/(?!relance\b)\w+|Users|private/tmp)(?![\w-])|\b[A-Z]:\\Users\b")


def modules() -> list[Path]:
    return sorted([ROOT / "worker.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))])


def room_of(file: Path) -> str:
    relative = file.relative_to(ROOT)
    return relative.stem if len(relative.parts) == 1 else relative.parts[0]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, wherever it stands; type-checking imports count too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, ("." * node.level) + (node.module or "")


def wrong_imports(room: str, source: str) -> list[str]:
    found = []
    ours = {*ROOMS, "worker"}
    for line, name in imports(ast.parse(source)):
        top = name.partition(".")[0]
        if name.startswith("."):
            found.append(f"{line}: a relative import hides its room")
        elif (top in ours and top not in MAY_IMPORT[room]) or top in {"tests", "docker", "benchmarks"}:
            found.append(f"{line}: {room} imports {name}")
        elif room == "sequences" and top in NOT_IN_SEQUENCES:
            found.append(f"{line}: the domain imports {name}")
    return found


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


def test_imports_go_one_way() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{problem}"
        for file in modules()
        for problem in wrong_imports(room_of(file), file.read_text())
    ]
    assert wrong == [], "starter -> workflows -> activities -> adapters; everybody -> sequences -> nobody"


def test_the_domain_asks_no_clock_no_dice_and_no_disk() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{problem}"
        for file in modules()
        if room_of(file) == "sequences"
        for problem in impure_calls(file.read_text())
    ]
    assert wrong == [], "time, randomness and ids are passed in"


def test_workflows_ask_no_clock_but_their_own() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{problem}"
        for file in modules()
        if room_of(file) == "workflows"
        for problem in impure_calls(file.read_text())
    ]
    assert wrong == [], "inside a workflow time is workflow.now()"


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("sequences", "import asyncpg"),
        ("sequences", "from adapters.mail import smtp"),
        ("sequences", "def f():\n    import time"),
        ("adapters", "from activities.ports import Runs"),
        ("adapters", "import starter.services"),
        ("activities", "from workflows.contracts import SHORT"),
        ("activities", "from starter.services import utc_now"),
        ("workflows", "from activities.sending import Sending"),
        ("workflows", "if TYPE_CHECKING:\n    import adapters.settings"),
        ("starter", "from tests.conftest import scratch"),
        ("adapters", "from .smtp import SmtpTransport"),
    ],
)
def test_a_wrong_import_is_noticed(room: str, source: str) -> None:
    assert wrong_imports(room, source)


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
        ("cd /root/w/project", True), ("see /work/notes/design.md", True), ("python=/home/sam/venv", True),
        ("GET /work-orders", False), ("the grep was for roots", False), ("https://agency.example/work/x", False),
        ("WORKDIR /home/relance", False),
    ],
)  # fmt: skip
def test_a_machine_path_is_noticed(line: str, noticed: bool) -> None:
    assert bool(PLACES.search(line)) is noticed
