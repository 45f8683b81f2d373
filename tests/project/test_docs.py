"""The pages are held against the code: settings, links, commands, folders and the tests that they name."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from adapters.assistant_settings import AssistantSettings
from adapters.settings import Settings
from sequences.names import SEARCH_ATTRIBUTES
from sequences.planning.values import Channel
from sequences.records.catalogue import catalogue
from sequences.records.record_view import RecordView
from sequences.sending.addresses import address_problem
from services.records.crm_item import read_item
from starter.cli.main import app
from starter.http.security import SIGNATURE_HEADER, TIMESTAMP_HEADER

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()

_ROW = re.compile(r"^\| `(?P<name>RELANCE_\w+)` \| (?P<default>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)(?:::(?P<test>\w+))?`")
_PATH = re.compile(
    r"`(?P<path>(?:sequences|services|adapters|activities|workflows|starter|tests|benchmarks|docs|docker|examples)"
    r"/[\w./{},-]*|worker\.py)"
)
_HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|`)relance (?P<words>[a-z][a-z-]*(?: [a-z][a-z-]*)?)", re.MULTILINE)


def shown_default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.is_required():
        return "**needed**"
    value = field.default
    text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return "none" if text is None else "empty" if text == "" else f"`{text}`"


def test_every_setting_is_listed_with_its_default_and_nothing_else_is() -> None:
    listed = {match["name"]: match["default"] for match in _ROW.finditer(OPERATIONS)}
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    expected = {
        f"RELANCE_{name.upper()}": shown_default(name) + (", secret" if name in secret else "")
        for name in Settings.model_fields
    }
    assert listed == expected


def test_settings_that_are_named_anywhere_exist() -> None:
    names = Settings.model_fields.keys() | AssistantSettings.model_fields.keys()
    known = {f"RELANCE_{name.upper()}" for name in names} | {"RELANCE_HOME"}
    for page in PAGES:
        assert set(re.findall(r"\bRELANCE_[A-Z_]*[A-Z]\b", page.read_text())) <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for match in _LINK.finditer(page.read_text()):
        target = match["target"].partition("#")[0]
        if target and not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to, as GitHub makes them."""
    words = (re.sub(r"[^\w\- ]", "", match["words"].lower()) for match in _HEADING.finditer(page.read_text()))
    return {word.replace(" ", "-") for word in words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_a_heading(page: Path) -> None:
    for match in _LINK.finditer(page.read_text()):
        target, _, anchor = match["target"].partition("#")
        if anchor and not target.startswith("http"):
            assert anchor in anchors(page.parent / target if target else page), f"{page.name}: {match['target']}"


def alternatives(path: str) -> list[str]:
    """``a/{b,c}.py`` is two paths."""
    found = re.search(r"\{([^}]*)\}", path)
    return [path.replace(found[0], each) for each in found[1].split(",")] if found else [path]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    for match in _PATH.finditer(page.read_text()):
        if not re.search(r"NAME|x\.yaml|tests/workflows", match["path"]):
            for path in alternatives(match["path"]):
                assert (ROOT / path).exists(), f"{page.name}: {match['path']}"


def repeated(lines: list[str]) -> list[str]:
    return sorted({line for line in lines if lines.count(line) > 1})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_said_twice(page: Path) -> None:
    """Two branches that reword one paragraph leave both copies when their pages are merged."""
    text = page.read_text()
    assert repeated(re.findall(r"^\*\*([^*]{15,})\*\*", text, re.MULTILINE)) == []
    assert repeated(re.findall(r"^#+ .+$", text, re.MULTILINE)) == [] or page.name == "CHANGELOG.md"
    for table in re.findall(r"(?:^\|.+\n)+", text, re.MULTILINE):
        assert repeated([row.split("|")[1] for row in table.splitlines()]) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_that_are_named_exist(page: Path) -> None:
    for match in _TEST.finditer(page.read_text()):
        file = ROOT / match["file"]
        assert file.exists(), f"{page.name}: {match['file']}"
        if match["test"]:
            names = {
                node.name
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert match["test"] in names, f"{page.name}: {match['file']}::{match['test']}"


def test_invariants_name_the_tests_that_guard_them() -> None:
    part = ARCHITECTURE.partition("## Invariants")[2]
    items = re.split(r"^\d+\. ", part, flags=re.MULTILINE)[1:]
    assert len(items) == 11
    for item in items:
        assert _TEST.search(item) or "Not built yet" in item, item


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page: Path) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for match in _COMMAND.finditer(page.read_text()):
        first, _, second = match["words"].partition(" ")
        assert first in commands, f"{page.name}: relance {match['words']}"
        inside = getattr(commands[first], "commands", None)
        if inside is not None and second:
            assert second in inside, f"{page.name}: relance {match['words']}"


def test_rooms_that_are_named_exist_and_none_is_left_out() -> None:
    part = ARCHITECTURE.partition("## Rooms")[2].partition("## The three flows")[0]
    named = set(re.findall(r"`([a-z_/]+/)`", part.split("\n\n")[1]))
    folders = {f"{folder.name}/" for folder in ROOT.iterdir() if (folder / "__init__.py").exists()}
    assert folders <= named
    for row in part.split("\n\n")[1].splitlines()[2:]:
        first = re.findall(r"`([a-z_/.]+)`", row.split("|")[1])
        assert [name for name in first if not (ROOT / name).exists()] == []


def test_the_first_person_is_one_that_the_hook_takes() -> None:
    changes = json.loads((ROOT / "examples" / "first-person.json").read_text())
    people = [item for item in (read_item(change, catalogue()) for change in changes) if item.entity == "person"]
    readme = (ROOT / "README.md").read_text()
    assert [f"relance enroll new-services {person.id}" in readme for person in people] == [True]
    assert address_problem(RecordView("person", people[0].id, dict(people[0].values)), Channel.EMAIL, "GB") is None


def test_the_script_that_hands_over_signs_as_the_hook_wants_it() -> None:
    script = ROOT / "examples" / "hand-over.sh"
    subprocess.run(["/bin/sh", "-n", script], check=True)
    text = script.read_text()
    assert f"{TIMESTAMP_HEADER}: $now" in text
    assert f"{SIGNATURE_HEADER}: sha256=$mac" in text


def test_search_attributes_are_those_of_the_registry() -> None:
    part = OPERATIONS.partition("## Search attributes")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(SEARCH_ATTRIBUTES)
    assert re.findall(r"--name (\w+)", part) == list(SEARCH_ATTRIBUTES)


def test_the_changelog_has_the_version_of_the_project() -> None:
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_pages_show_small_pictures_that_are_there() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    named = [
        f"docs/{name}"
        for page in pages
        for name in re.findall(r"!\[[^\]]+\]\((?:docs/)?(pictures/[^)]+)\)", page.read_text())
    ]
    assert sorted(named) == sorted(f"docs/pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir())
    assert [name for name in named if (ROOT / name).stat().st_size > 60_000] == []
