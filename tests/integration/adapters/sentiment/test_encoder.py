"""Where encoders come from: installed packages, pieces of a zip file, folders; and what is not taken for one."""

import hashlib
import io
import os
import random
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from adapters.sentiment.encoder import find as encoder_module
from adapters.sentiment.encoder.cache import cache_folder, find_parts, from_zip, unpack
from adapters.sentiment.encoder.find import (
    E5,
    MINILM,
    MPNET,
    Encoder,
    check_encoder,
    files_of,
    find_encoder,
    is_installed,
)
from sequences.errors import ModelError

CONTENT = {"model.safetensors": random.Random(1).randbytes(30_000), "config.json": b"{}"}
HASHES = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}


def pieces(folder: Path, content: dict[str, Any] | None = None, size: int = 9_000) -> list[Any]:
    """A zip file of an encoder, cut as the wheels cut theirs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**(content or CONTENT), "1_Pooling/config.json": b"not this one"}.items():
            archive.writestr(f"small/{name}", data)
    whole = buffer.getvalue()
    paths = []
    for number, start in enumerate(range(0, len(whole), size), start=1):
        paths.append(folder / f"small.zip.{number:03}")
        paths[-1].write_bytes(whole[start : start + size])
    return paths


def joined(parts: Sequence[Path], cache: Path, files: Mapping[str, str] = HASHES) -> Path:
    """The encoder unpacked from its pieces."""
    return unpack("small", files, from_zip(parts, "small", files), cache)


def test_the_pieces_are_joined_and_only_the_named_files_taken_out(tmp_path: Path) -> None:
    parts = pieces(tmp_path)
    assert len(parts) > 1
    folder = joined(parts, tmp_path / "cache")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    check_encoder(folder, HASHES)
    assert [path.suffix for path in (tmp_path / "cache").iterdir() if path != folder] == [".lock"]


def test_it_is_unpacked_once_by_many_who_ask_at_once(tmp_path: Path) -> None:
    parts = pieces(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: joined(parts, tmp_path / "cache"), range(8)))
    assert len(set(folders)) == 1
    for part in parts:
        part.unlink()
    assert joined(parts, tmp_path / "cache") == folders[0]


def test_another_content_is_not_kept(tmp_path: Path) -> None:
    parts = pieces(tmp_path, CONTENT | {"model.safetensors": b"others"})
    with pytest.raises(
        ModelError, match=r"model\.safetensors in the packages of the encoder small has a wrong SHA-256"
    ):
        joined(parts, tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("spoil", ["missing", "truncated", "flipped", "not in it"])
def test_spoiled_pieces(tmp_path: Path, spoil: str) -> None:
    parts = pieces(tmp_path)
    wanted = HASHES
    match spoil:
        case "missing":
            parts[-1].unlink()
        case "truncated":
            parts = parts[:-1]
        case "flipped":
            content = bytearray(parts[1].read_bytes())
            content[100:140] = bytes(255 - byte for byte in content[100:140])
            parts[1].write_bytes(content)
        case _:
            wanted = HASHES | {"vocab.txt": "0" * 64}
    with pytest.raises(ModelError, match=r"cannot be unpacked into|has a wrong SHA-256"):
        joined(parts, tmp_path / "cache", wanted)
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    parts, cache = pieces(tmp_path), tmp_path / "cache"
    folder = joined(parts, cache)
    folder.rename(cache / f"unpacking-{folder.name}-abc")
    assert joined(parts, cache) == folder
    assert [path for path in cache.iterdir() if path.is_dir()] == [folder]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ModelError, match="set XDG_CACHE_HOME"):
        joined(pieces(tmp_path), tmp_path / "closed" / "cache")


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "relance" / "encoders"


def test_packages_that_are_not_there() -> None:
    assert find_parts(["relance-has-no-such-part"]) is None
    assert find_parts(["pytest"]) is None


@pytest.mark.parametrize("encoder", [MINILM, MPNET, E5])
def test_the_encoders_of_the_shipped_models_are_installed_whole(encoder: Encoder) -> None:
    assert is_installed(encoder)
    folder = find_encoder(encoder.name)
    check_encoder(folder, encoder.files)
    assert files_of(encoder.name, folder) == encoder.files == files_of(str(folder), folder)


def test_what_is_missing_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_MPNET_PACKAGES", ("relance-has-no-such-part",))
    monkeypatch.setattr(encoder_module, "_MINILM_PACKAGE", "relance_has_no_such_package")
    monkeypatch.setattr(encoder_module, "_E5_PACKAGE", "relance_has_no_such_package")
    assert not is_installed(MPNET)
    assert not is_installed(E5)
    assert not is_installed(MINILM)
    with pytest.raises(ModelError, match=r"pip install .*requirements-encoder\.txt, or choose the model fast"):
        find_encoder(MPNET.name)
    with pytest.raises(ModelError, match="is not installed"):
        find_encoder(MINILM.name)
    with pytest.raises(ModelError, match=r"requirements-encoder\.txt, or set RELANCE_SENTIMENT_MULTILINGUAL=false"):
        find_encoder(E5.name)
    with pytest.raises(ModelError, match="RELANCE_SENTIMENT_HUB"):
        find_encoder("somebody/something")


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    folder = joined(pieces(tmp_path), tmp_path / "cache")
    (folder / "config.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"config\.json in .* has a wrong SHA-256"):
        check_encoder(folder, HASHES)
