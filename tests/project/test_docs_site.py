"""The pages that are made from the code say something of everything, and the table of the decisions is not stale."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from adapters.settings import Settings
from starter.cli.main import app

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "docs" / "tools"


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference, toc = load("reference"), load("toc")


def leaves(group: Any, path: tuple[Any, ...] = ()) -> Iterator[Any]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_argument_and_option_has_a_description(words: str) -> None:
    assert [item.name for item in COMMANDS[words].params if not item.hidden and not item.help] == []


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_page_of_commands_has_all_of_them() -> None:
    page = reference.cli_page()
    assert [words for words in COMMANDS if f"\n### {' '.join(words)}\n" not in page] == []


def test_the_page_of_settings_has_all_of_them() -> None:
    page = reference.settings_page()
    assert [name for name in Settings.model_fields if f"| `RELANCE_{name.upper()}` |" not in page] == []


def test_every_page_is_in_the_navigation() -> None:
    def files(part: Any) -> Iterator[Any]:
        for entry in part:
            for value in entry.values():
                yield from files(value) if isinstance(value, list) else [value]

    navigation = set(files(YAML(typ="safe").load(ROOT / "mkdocs.yml")["nav"]))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= navigation
    assert {name for name, _ in reference.pages()} <= navigation


def test_the_table_of_contents_lists_sections_and_titles() -> None:
    text = "# Decisions\n\n## One\n\n**A title (2026-11-29).** Text.\n\n## Two (2026-11-29)\n\n**Other,** text.\n"
    made = toc.with_contents(text)
    assert "- [One](#one)\n  - A title\n- [Two (2026-11-29)](#two-2026-11-29)\n  - Other\n" in made
    assert toc.with_contents(made) == made
    assert made.endswith(text[text.index("## One") :])


def test_the_table_of_contents_of_the_decisions_is_not_stale() -> None:
    text = toc.DECISIONS.read_text(encoding="utf-8")
    assert text == toc.with_contents(text), "stale: make toc"
