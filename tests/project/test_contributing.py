"""The pages for those who carry on are held against the tree: a step that names a file that has moved is found here."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
_PATH = re.compile(r"`([\w./-]+/[\w./-]*|\w+\.(?:py|md|toml|yml))`")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_EXAMPLES = {"NAME", "NOUN", "RESOURCE", "NNNN_noun"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Any) -> None:
    named = [path for path in _PATH.findall(page.read_text()) if Path(path).stem not in _EXAMPLES]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_hop_of_the_flows_is_a_file() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`((?:sequences|services|adapters|activities|workflows|starter)/[\w/]+\.py)`", page)
    assert len(named) > 25
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Any) -> None:
    targets = (match["target"].partition("#")[0] for match in _LINK.finditer(page.read_text()))
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_ci_runs_on_every_python_that_the_project_takes() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github/workflows/ci.yml")
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert min(workflow["jobs"]["check"]["strategy"]["matrix"]["python"]) == lowest
    ours = [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    assert ours[-1] == ".ci/run"


@pytest.mark.parametrize("file", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda file: file.name)
def test_files_of_the_forge_are_yaml(file: Any) -> None:
    assert YAML(typ="safe").load(file)
