"""SHA-256 of files: what a card pins, and what is read, are compared by it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sequences.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def file_hash(path: Path) -> str:
    """SHA-256 of a file in hexadecimal.

    Raises:
        ModelError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ModelError(f"Cannot read {path.name}: {why}.") from error
