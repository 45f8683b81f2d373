"""The code of a commit in a folder of its own, ready to run with this Python."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = "."
"""Instead of a commit: this tree as it lies here."""
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)")
# The model that judges replies: no row starts a worker of its queue.
_MODEL = frozenset({"torch", "flair", "transformers", "accelerate", "tokenizers", "safetensors", "huggingface-hub"})
_COMPILED = ("sequences", "workflows", "activities", "services", "adapters", "starter", "worker.py")


@dataclass(frozen=True)
class Tree:
    """Code that can be run.

    Attributes:
        commit: its whole hash, with ``+`` when files differ from it.
        path: what goes before everything else into ``PYTHONPATH``.
        other_versions: requirements that are installed in another version than this code pins.
    """

    name: str
    commit: str
    folder: Path
    path: tuple[Path, ...]
    other_versions: tuple[str, ...] = ()


def tree_of(name: str, commit: str, into: Path, *, bytecode: bool) -> Tree:
    """The tree of a commit; ``.`` is this tree as it lies here, with what is not committed.

    The files are written out and not checked out: a benchmark that is killed leaves nothing in the repository, and who
    edits files meanwhile does not change what is measured.

    Args:
        name: how the table calls it.
        commit: any name that git knows.
        into: an empty folder.
        bytecode: compile it first, as an image has it; without, each process compiles what it imports.
    """
    folder = into / "tree"
    if commit == HERE:
        exact = _git("rev-parse", "HEAD") + ("+" if _git("status", "--porcelain") else "")
        _copy(folder)
    else:
        exact = _git("rev-parse", "--verify", f"{commit}^{{commit}}")
        packed = subprocess.run(["git", "archive", exact], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603, S607
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
    missing, other = _requirements(folder)
    path = [folder]
    if missing:
        added = into / "requirements"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", str(added), *missing], check=True)  # noqa: S603
        path.append(added)
    if bytecode:
        ours = [str(folder / part) for part in _COMPILED if (folder / part).exists()]
        subprocess.run([sys.executable, "-m", "compileall", "-q", *ours], check=True)  # noqa: S603
    return Tree(name, exact, folder, tuple(path), tuple(other))


def _copy(folder: Path) -> None:
    for name in _git("ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        file = ROOT / name
        if file.is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)


def _requirements(folder: Path) -> tuple[list[str], list[str]]:
    """What must be added for this tree, and what it gets in another version than it pins."""
    missing, other = [], []
    for line in (folder / "requirements.txt").read_text().splitlines():
        pinned = _PIN.match(line)
        if pinned is None or pinned["name"].lower() in _MODEL:
            continue
        try:
            installed = version(pinned["name"])
        except PackageNotFoundError:
            missing.append(pinned[0])
        else:
            if installed.split("+")[0] != pinned["version"].split("+")[0]:
                other.append(f"{pinned[0]} (here {installed})")
    return missing, other


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603, S607
