"""What the package says of itself: one version, and what an installation needs without the extras."""

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from starter.version import version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_it_is_that_of_the_package() -> None:
    assert version() == PROJECT["version"]


def test_a_checkout_that_is_not_installed_knows_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert version.__wrapped__() == PROJECT["version"]


def test_no_code_says_it_again() -> None:
    rooms = ("starter", "services", "adapters", "activities", "workflows", "sequences")
    code = [ROOT / "worker.py", *(path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))]
    assert [path for path in code if f'"{PROJECT["version"]}"' in path.read_text()] == []


def test_the_image_of_the_stack_has_its_tag() -> None:
    """A compose file cannot read it; ``docker compose pull`` of another release must not find this tag."""
    assert f"image: relance:{PROJECT['version']}\n" in (ROOT / "docker-compose.temporal.yml").read_text()


def test_the_readme_has_its_status() -> None:
    assert f"## Status: {PROJECT['version']}\n" in (ROOT / "README.md").read_text()


def test_the_changelog_tells_of_what_comes_next() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def names(requirements: Any) -> set[Any]:
    return {re.split(r"[<>=\[;]", requirement, maxsplit=1)[0] for requirement in requirements}


def test_the_base_has_no_model_and_no_server() -> None:
    extras = PROJECT["optional-dependencies"]
    assert {"flair", "torch", "transformers", "safetensors"} <= names(extras["sentiment"])
    assert names(PROJECT["dependencies"]).isdisjoint(names(extras["sentiment"]) | names(extras["embedded"]))


def test_every_requirement_is_pinned() -> None:
    files = ("requirements.txt", "requirements-tracing.txt", "requirements-mcp.txt")
    texts = [(ROOT / name).read_text() for name in files]
    pinned = {line.partition("==")[0].lower() for text in texts for line in text.splitlines()}
    wanted = names(PROJECT["dependencies"]).union(*map(names, PROJECT["optional-dependencies"].values()))
    assert {name.replace("_", "-") for name in wanted} - {name.replace("_", "-") for name in pinned} == set()


def test_it_is_an_application_and_no_registry_takes_it() -> None:
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]
