"""The packed encoder: its numbers are those of the format, and whatever else lies there is refused."""

import json
import struct
from pathlib import Path

import pytest

from adapters.sentiment.encoder.find import E5, find_encoder
from adapters.sentiment.encoder.four_bits import write_encoder
from sequences.errors import ModelError

PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("\u2581nein", -1.0),
    ("\u0431", -2.0),
    ("<mask>", 0.0),
]
WIDTH = 32


def block(scale: float, numbers: list[int]) -> bytes:
    """32 numbers from -8 to 7 as the format has them."""
    low, high = numbers[:16], numbers[16:]
    return struct.pack("<e", scale) + bytes((a + 8) | (b + 8) << 4 for a, b in zip(low, high, strict=True))


def packed(matrix_rows: list[bytes]) -> bytes:
    """A file of the format without layers: words, positions, types and one norm."""
    text = [piece.encode() for piece, _ in PIECES]
    offsets = [sum(map(len, text[:index])) for index in range(len(text) + 1)]
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, 0, 1, WIDTH, len(PIECES), 1, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(PIECES)}f", *(score for _, score in PIECES)) + b"".join(text) + struct.pack("<iI", 0, 0)
    contents = {
        "emb.word": (1, WIDTH * len(matrix_rows), b"".join(matrix_rows)),
        "emb.pos": (0, WIDTH, struct.pack(f"<{WIDTH}f", *range(WIDTH))),
        "emb.type": (0, WIDTH, bytes(4 * WIDTH)),
        "emb.ln.w": (0, WIDTH, bytes(4 * WIDTH)),
        "emb.ln.b": (0, WIDTH, bytes(4 * WIDTH)),
    }
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in contents)
    directory = struct.pack("<i", len(contents))
    data = b""
    for name, (kind, count, content) in contents.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, start + len(data), len(content))
        data += content
    return head + directory + data


def test_the_numbers_of_a_block_and_the_words_that_are_kept(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    numbers = [*range(-8, 8), *range(7, -9, -1)]
    rows = [block(0.5 * index, numbers) for index in range(len(PIECES))]
    source, folder = tmp_path / "packed.bin", tmp_path / "encoder"
    source.write_bytes(packed(rows))
    folder.mkdir()
    write_encoder(source, folder)
    tensors = safetensors.load_file(folder / "model.safetensors")
    words = tensors["embeddings.word_embeddings.weight"].tolist()
    kept = [0, 1, 2, 3, 4]  # the Cyrillic letter and the mask are left out
    assert words == [[0.5 * index * number for number in numbers] for index in kept]
    assert tensors["embeddings.position_embeddings.weight"].tolist() == [list(range(WIDTH))]
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    assert vocabulary == [list(PIECES[index]) for index in kept]
    assert json.loads((folder / "config.json").read_text())["vocab_size"] == len(kept)


@pytest.mark.parametrize("size", [0, 3, 10, 60, 150, 400])
def test_a_truncated_file_is_refused(tmp_path: Path, size: int) -> None:
    source = tmp_path / "packed.bin"
    source.write_bytes(packed([block(1.0, [0] * 32)] * len(PIECES))[:size])
    with pytest.raises(ModelError, match=r"packed\.bin is truncated or another file"):
        write_encoder(source, tmp_path)


def test_the_real_one_splits_words_as_its_authors_do() -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(find_encoder(E5.name)))
    words = "\u2581Nein \u2581danke , \u2581ich \u2581habe \u2581schon \u2581etwas \u2581fix ."
    assert tokenizer.tokenize("Nein danke,  ich habe\u00a0schon etwas \ufb01x.") == words.split()
    assert tokenizer("ja")["input_ids"][0] == 0
