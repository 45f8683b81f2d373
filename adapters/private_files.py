"""Files with personal data or keys: only the user who made them reads them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

FOLDER, FILE = 0o700, 0o600
UMASK = 0o077


def keep_private() -> None:
    """From now on this process and its children make files of mode 0600 and folders of 0700. Called at the start."""
    os.umask(UMASK)


def create_private(path: Path, content: bytes) -> None:
    """Writes a file that does not exist yet, and never through a link.

    Raises:
        FileExistsError: it exists.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb") as file:
        file.write(content)


def private_opener(path: str, flags: int) -> int:
    """Of ``open``: a file that it makes is private; one that exists keeps its mode."""
    return os.open(path, flags, FILE)


def private_append(path: Path) -> BinaryIO:
    """Opens a file to append to it."""
    return open(path, "ab", opener=private_opener)


def tighten(folder: Path) -> None:
    """Makes the folder, or takes what others may do with an existing one and everything of ours in it.

    What belongs to another account, such as the one that Postgres runs as, stays as it is.
    """
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    for root, folders, files in os.walk(folder):
        place = Path(root)
        _take(place)
        folders[:] = [name for name in folders if _take(place / name)]
        for name in files:
            _take(place / name)


def _take(path: Path) -> bool:
    """False where it is not ours to change."""
    try:
        found = path.lstat()
        # Nor is what a link leads to.
        if found.st_uid != os.geteuid() or stat.S_ISLNK(found.st_mode):
            return False
        if found.st_mode & UMASK:
            path.chmod(stat.S_IMODE(found.st_mode) & ~UMASK)
    except FileNotFoundError:
        return False  # A server of the stack removed it meanwhile.
    return True
