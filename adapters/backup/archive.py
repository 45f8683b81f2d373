"""The file of a backup: a zip with the rows of each table, the files beside the database, and the manifest."""

from __future__ import annotations

import hashlib
import os
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final, Self, cast

from pydantic import ValidationError

from adapters.backup.manifest import FORMAT, Manifest, UploadPart
from sequences.errors import NotFoundError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_MANIFEST: Final = "manifest.json"
_PIECE: Final = 1 << 20


@dataclass
class CountedPart:
    """What was written to one part so far; ``sha256`` is of the whole once it is written."""

    size: int = 0
    sha256: str = ""


class BackupWriter:
    """Writes a new file. It has its name only when it is whole; until then it ends in ``.partial``.

    Args:
        path: of the file, which must not exist. Only its owner may read it.

    Raises:
        RefusedError: on entering: it exists, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")
        self._zip: zipfile.ZipFile | None = None
        self._whole = False

    def __enter__(self) -> Self:
        if self._path.exists():
            raise RefusedError(RequestRefused.FILE, f"{self._path} exists; name a new file")
        try:
            self._partial.unlink(missing_ok=True)
            opened = os.fdopen(os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w+b")
        except OSError as error:
            raise RefusedError(RequestRefused.FILE, f"{self._path} cannot be written: {error.strerror}") from error
        self._file = opened
        self._zip = zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        return self

    @contextmanager
    def part(self, name: str) -> Iterator[tuple[IO[bytes], CountedPart]]:
        """One part, to write to; the count is filled in at its end."""
        assert self._zip is not None
        counted, hashed = CountedPart(), hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as opened:
            writer = _Counting(opened, counted, hashed)
            yield writer, counted  # type: ignore[misc]  # all that COPY needs of a file is its write()
        counted.sha256 = hashed.hexdigest()

    def copy_file(self, name: str, source: Path) -> UploadPart:
        """Adds a file."""
        with source.open("rb") as opened, self.part(_file_part(name)) as (written, counted):
            while piece := opened.read(_PIECE):
                written.write(piece)
        return UploadPart(size=counted.size, sha256=counted.sha256)

    def finish(self, manifest: Manifest) -> None:
        """The last part; from now on the file is whole."""
        assert self._zip is not None
        self._zip.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
        self._whole = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is None:
            return
        if kind is not None or not self._whole:
            # What it writes at its end is thrown away with the file; unclosed, it would try to when it is forgotten.
            self._zip.close()
            self._file.close()
            self._partial.unlink(missing_ok=True)
            return
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self._path)


class _Counting:
    """Passes on what is written, and counts and hashes it."""

    def __init__(self, opened: IO[bytes], counted: CountedPart, hashed: hashlib._Hash) -> None:
        self._opened = opened
        self._counted = counted
        self._hashed = hashed

    def write(self, data: bytes) -> int:
        self._hashed.update(data)
        self._counted.size += len(data)
        return self._opened.write(data)


class BackupReader:
    """Reads a file.

    Raises:
        NotFoundError: there is none.
        RefusedError: it is no backup of ours, or of a newer release.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NotFoundError(f"there is no file {path}")
        try:
            self._zip = zipfile.ZipFile(path)
            content = self._zip.read(_MANIFEST)
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise RefusedError(RequestRefused.FILE, f"{path} is not a backup of Relance, or it is cut off") from error
        try:
            self.manifest = Manifest.model_validate_json(content)
        except ValidationError as error:
            raise RefusedError(
                RequestRefused.FILE, f"the manifest of {path} cannot be read; a newer release may have written it"
            ) from error
        if self.manifest.format != FORMAT:
            raise RefusedError(
                RequestRefused.FILE,
                f"{path} has the format {self.manifest.format}, and this release reads {FORMAT};"
                f" restore it with Relance {self.manifest.relance}",
            )

    def check(self, name: str) -> None:
        """Reads a part whole, and compares it with the manifest.

        Raises:
            RefusedError: it is damaged.
        """
        wanted = self._wanted(name)
        hashed = hashlib.sha256()
        size = 0
        try:
            with self.open(name) as opened:
                while piece := opened.read(_PIECE):
                    hashed.update(piece)
                    size += len(piece)
        except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise RefusedError(RequestRefused.FILE, f"the backup is damaged: {name} cannot be read") from error
        if (size, hashed.hexdigest()) != wanted:
            raise RefusedError(RequestRefused.FILE, f"the backup is damaged: {name} is not what its manifest says")

    def _wanted(self, name: str) -> tuple[int, str]:
        known: dict[str, tuple[int, str]] = {
            table_part(table): (part.size, part.sha256) for table, part in self.manifest.tables.items()
        }
        known |= {_file_part(file): (part.size, part.sha256) for file, part in self.manifest.files.items()}
        return known[name]

    def parts(self) -> list[str]:
        """Names of all parts but the manifest."""
        return [*map(table_part, self.manifest.tables), *map(_file_part, self.manifest.files)]

    def open(self, name: str) -> BinaryIO:
        """One part, to read from."""
        return cast("BinaryIO", self._zip.open(name))

    def extract_file(self, name: str, target: Path) -> None:
        """Writes a file, readable by its owner only; one that is there already stays."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with self.open(_file_part(name)) as opened, os.fdopen(os.open(target, flags, 0o600), "wb") as written:
            while piece := opened.read(_PIECE):
                written.write(piece)

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()


def table_part(table: str) -> str:
    """Name of the part with the rows of a table."""
    return f"tables/{table}.copy"


def _file_part(name: str) -> str:
    return f"files/{name}"
