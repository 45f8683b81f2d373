"""Files of others that our pages load: which, from where, under which licence, and as their makers made them."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "starter" / "http" / "vendor"
PAGES = ROOT / "starter" / "http" / "pages"
CONSOLE = ROOT / "starter" / "console"


def test_the_files_are_those_that_were_fetched() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    told = {name: mark for mark, name in (line.split("  ") for line in lines)}
    found = {
        str(file.relative_to(VENDOR)): hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in VENDOR.iterdir()
        if folder.is_dir()
        for file in folder.iterdir()
    }
    assert found == told
    assert len(found) <= 10


def test_each_package_is_pinned_and_brings_its_licence() -> None:
    wanted = json.loads((VENDOR / "package.json").read_text())["dependencies"]
    locked = json.loads((VENDOR / "package-lock.json").read_text())["packages"]
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(package["integrity"] for name, package in locked.items() if name)
    assert {package["license"] for package in locked.values()} == {"Apache-2.0", "0BSD"}
    assert "Apache License" in (VENDOR / "swagger-ui" / "LICENSE").read_text()
    assert "Zero-Clause BSD" in (VENDOR / "htmx" / "LICENSE").read_text()


def test_the_lockfile_names_no_registry() -> None:
    assert "://" not in (VENDOR / "package-lock.json").read_text()


def test_all_of_them_are_installed() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    shipped = [*(file for file in VENDOR.rglob("*") if file.parent != VENDOR), *PAGES.glob("docs.*")]
    shipped += [file for part in ("static", "templates") for file in (CONSOLE / part).rglob("*.*")]
    assert [file.name for file in shipped if not any(fnmatch(file.name, pattern) for pattern in patterns)] == []


def test_the_pages_load_nothing_from_elsewhere_and_run_nothing_that_stands_in_them() -> None:
    for page in PAGES.glob("*.html"):
        text = page.read_text()
        assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == [], page.name
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == [], page.name
        assert re.findall(r"\son\w+=", text) == [], page.name
