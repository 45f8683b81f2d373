"""The file of the journal of opt-outs: lines are appended, and on the disk before anything says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from adapters.private_files import FOLDER, private_append

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LONGEST: Final = 1 << 20
"""Characters of a line; ours have a few hundred."""


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Appends lines. When it returns, they are on the disk.

    Raises:
        OSError: they cannot be written.
    """
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    with private_append(path) as file:
        # A line that was cut off must not take the next one with it.
        start = "" if _ends_well(path) else "\n"
        file.write((start + "".join(f"{line}\n" for line in lines)).encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_well(path: Path) -> bool:
    if not path.stat().st_size:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_lines(path: Path) -> Iterator[str]:
    """The lines, also one that was cut off.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        while line := file.readline(_LONGEST):
            yield line.rstrip("\n")
