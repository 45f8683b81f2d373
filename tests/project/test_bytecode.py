"""Nothing of ours is compiled when a process starts: the checkout and the image have the bytecode of every module."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def what_is_installed() -> set[str]:
    """Packages and modules, as pyproject.toml says."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {pattern.removesuffix("*") for pattern in setuptools["packages"]["find"]["include"]}
    return packages | {f"{module}.py" for module in setuptools["py-modules"]}


def test_make_compiles_all_that_is_installed_wherever_it_starts_something() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [compiled] = re.findall(r"^COMPILE := .*compileall -q (.*)$", makefile, re.MULTILINE)
    assert set(compiled.split()) == what_is_installed()
    for target in ("$(STAMP)", "demo", "up"):
        [recipe] = re.findall(rf"^{re.escape(target)}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
        assert "@$(COMPILE)" in recipe, target


def test_the_image_gets_what_is_installed_and_compiles_the_standard_library() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for each in what_is_installed():
        assert re.search(rf"^COPY (.* )?{re.escape(each)} ", dockerfile, re.MULTILINE), each
    assert re.search(r"^RUN python -m compileall -q .*get_path\(\"stdlib\"\)", dockerfile, re.MULTILINE)
    assert "RUN pip install --no-deps --no-build-isolation ." in dockerfile


@pytest.mark.slow
def test_pip_compiles_what_it_installs_as_the_image_does(tmp_path: Path) -> None:
    """Also where PYTHONDONTWRITEBYTECODE is set, as there."""
    source, target = tmp_path / "source", tmp_path / "target"
    for each in (*what_is_installed(), "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / each).is_dir():
            shutil.copytree(ROOT / each, source / each, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            source.mkdir(exist_ok=True)
            shutil.copy(ROOT / each, source / each)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*pip, "--target", str(target), str(source)], check=True, env=environment, timeout=300)
    modules = [file for file in target.rglob("*.py") if file.parts[len(target.parts)] != "bin"]
    without = [
        str(file.relative_to(target))
        for file in modules
        if not list((file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"))
    ]
    assert len(modules) > 400
    assert without == []
