"""One stack a data folder: two servers on the same files would destroy them."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from adapters.private_files import FOLDER
from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from types import TracebackType


class FolderLock:
    """Held while a stack runs; the kernel lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Takes the lock.

        Raises:
            UnavailableError: another stack holds it.
        """
        self._folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        # Not inherited by children (PEP 446): a child that outlives us must not keep the folder locked.
        self._file = (self._folder / "lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise UnavailableError(
                f"another stack already runs in {self._folder}; stop it, or set RELANCE_HOME to another folder"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets go of it."""
        if self._file is not None:
            self._file.close()
