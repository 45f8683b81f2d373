"""Reads a file that somebody else wrote no further than it may be long."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from sequences.checking.yaml_document import MAX_CHARACTERS

MOST_OF_YAML: Final = 4 * MAX_CHARACTERS + 3
"""Bytes that a YAML file can have within its limit of characters: four each in UTF-8, and a mark at its start."""


def read_bounded(file: Path, most: int) -> bytes:
    """The content of a file.

    Args:
        file: of any kind; of one without an end no more is read than of others.
        most: bytes that it may have.

    Raises:
        OSError: it cannot be read, or has more; ``strerror`` says which.
    """
    with file.open("rb") as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes", str(file))
    return content


def is_inside(folder: Path, file: Path) -> bool:
    """Whether a file is in a folder, wherever links lead.

    Raises:
        OSError: there is no such file, or its links lead round in a circle.
    """
    # Not Path.resolve: of a circle it raises a RuntimeError.
    return Path(os.path.realpath(file, strict=True)).is_relative_to(os.path.realpath(folder))
