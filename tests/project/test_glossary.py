"""The public names of the code are held against the glossary in docs/architecture.md: that page is the rule."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sequences", "services", "adapters", "activities", "workflows", "starter")
WORDS = (ROOT / "docs" / "architecture.md").read_text().partition("## Words")[2].partition("\n## ")[0]
COMMANDS = ROOT / "starter" / "cli" / "commands"
KINDS = frozenset({"classes", "functions", "modules", "queries"})


@dataclass(frozen=True)
class Name:
    """A public name; ``file`` says where it is."""

    kind: str
    name: str
    file: str

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", self.name))


@dataclass(frozen=True)
class Ban:
    """A row of the table of words that are not used: ``alone`` means as the whole name only."""

    word: str
    kinds: frozenset[str]
    alone: bool
    instead: str

    def hits(self, name: Name) -> bool:
        return name.kind in self.kinds and (name.name == self.word if self.alone else self.word in name.words)


@functools.cache
def public_names() -> tuple[Name, ...]:
    """Parses all of the code: not when the tests are collected, which each process of them does."""
    return tuple(_public_names())


def _public_names() -> Iterator[Name]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            where = str(file.relative_to(ROOT))
            # The name of a command is what people type: it does not change.
            if file.stem != "__init__" and file.parent != COMMANDS:
                yield Name("modules", file.stem, where)
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                    yield Name("classes" if isinstance(node, ast.ClassDef) else "functions", node.name, where)
    for file in sorted((ROOT / "adapters" / "postgres" / "sql").rglob("*.sql")):
        for query in re.findall(r"^-- name: (\w+)", file.read_text(), re.MULTILINE):
            yield Name("queries", query, str(file.relative_to(ROOT)))


def rows(heading: str) -> list[list[str]]:
    table = WORDS.partition(heading)[2].partition("\n#")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def bans() -> list[Ban]:
    found = []
    for words, where, instead in rows("### Words that names do not use"):
        kinds = KINDS if where == "anything" else frozenset(re.split(r", ", where.removesuffix(", alone")))
        found += [Ban(word, kinds, where.endswith(", alone"), instead) for word in re.findall(r"`(\w+)`", words)]
    return found


def test_the_table_is_read() -> None:
    assert len(bans()) > 15
    assert all(ban.kinds <= KINDS for ban in bans())


@pytest.mark.parametrize("ban", bans(), ids=lambda ban: ban.word)
def test_no_public_name_has_a_word_that_is_not_used(ban: Ban) -> None:
    found = sorted(f"{name.file}: {name.name}" for name in public_names() if ban.hits(name))
    assert found == [], f"{ban.word}: use {ban.instead}"


def test_no_two_public_classes_have_one_name() -> None:
    files = defaultdict(list)
    for name in public_names():
        if name.kind == "classes":
            files[name.name].append(name.file)
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def test_classes_that_the_glossary_names_exist() -> None:
    classes = {name.name for name in public_names() if name.kind == "classes"}
    assert set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", WORDS)) <= classes


def test_no_word_is_explained_twice() -> None:
    terms = [term.strip() for word, *_ in rows("One word for one thing") for term in word.split(",")]
    assert len(terms) > 30
    assert len(terms) == len(set(terms))
