"""The folder of uploads: outside of what the web server shows, one file of mode 0600 under a random name each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from adapters.uploads.kinds import UploadKind, kind_of
from sequences.errors import RelanceError
from sequences.forms.answers import Wrong

_PIECE = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")


class UploadRefusedError(RelanceError):
    """A file that is not taken, and why."""

    permanent = True

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(f"the file is not taken: {wrong}")
        self.wrong = wrong


@dataclass(frozen=True)
class KeptUpload:
    """A file in the folder. ``size`` in bytes; ``sha256`` in hex."""

    file: str
    kind: UploadKind
    size: int
    sha256: str


class UploadStore:
    """Keeps files."""

    def __init__(self, folder: Path, limit: int) -> None:
        """``limit`` is the most bytes of one file."""
        self._folder = folder
        self.limit = limit

    async def keep(self, file: BinaryIO) -> KeptUpload:
        """Copies a file that somebody sent into the folder.

        Raises:
            UploadRefusedError: it is empty, too large, or no document of a kind that we take.
            OSError: the folder cannot be written to.
        """
        return await asyncio.to_thread(self._keep, file)

    def _keep(self, file: BinaryIO) -> KeptUpload:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            raise UploadRefusedError(Wrong.FILE_EMPTY)
        if size > self.limit:
            raise UploadRefusedError(Wrong.FILE_TOO_LARGE)
        kind = kind_of(file)
        if kind is None:
            raise UploadRefusedError(Wrong.FILE_KIND)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        hashed = hashlib.sha256()
        file.seek(0)
        # Exclusive and not followed: nobody can have put a link there.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(self._folder / name, flags, 0o600), "wb") as kept:
                while piece := file.read(_PIECE):
                    hashed.update(piece)
                    kept.write(piece)
                kept.flush()
                os.fsync(kept.fileno())
        except OSError:
            self._remove(name)
            raise
        return KeptUpload(name, kind, size, hashed.hexdigest())

    async def discard(self, name: str) -> None:
        """Removes a file that belongs to nothing."""
        await asyncio.to_thread(self._remove, name)

    def _remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def path(self, name: str) -> Path | None:
        """Where a file is; None when it is gone, or the name is none of ours."""
        path = self._folder / name
        return path if _NAME.fullmatch(name) and path.is_file() else None
