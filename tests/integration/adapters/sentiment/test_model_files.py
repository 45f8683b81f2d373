"""Files of a model that are missing, spoiled or of another training: a clear error at start, never a wrong label."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.sentiment.encoder.find import MINILM, WEIGHTS, find_encoder
from adapters.sentiment.encoder.hashes import file_hash
from adapters.sentiment.model import load_model
from adapters.sentiment.training.card import CARD_NAME, FAST, WEIGHTS_NAME
from sequences.errors import ModelError


@pytest.fixture
def copy(tmp_path: Path) -> tuple[Path, Path]:
    """The fast model's two files, to be spoiled."""
    shutil.copy(FAST / WEIGHTS_NAME, tmp_path)
    shutil.copy(FAST / CARD_NAME, tmp_path)
    return tmp_path / WEIGHTS_NAME, tmp_path / CARD_NAME


def change_card(card_file: Any, **fields: Any) -> None:
    card = json.loads(card_file.read_text())
    card_file.write_text(json.dumps(card | fields))


def test_a_truncated_file(copy: tuple[Path, Path]) -> None:
    weights, card_file = copy
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="truncated"):
        load_model(weights.parent)
    change_card(card_file, weights_sha256=file_hash(weights))
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(weights.parent)


def test_missing_files(copy: tuple[Path, Path]) -> None:
    weights, card_file = copy
    with pytest.raises(ModelError, match="There is no encoder"):
        load_model(weights.parent, encoder="/no/such/folder")
    weights.unlink()
    with pytest.raises(ModelError, match="Cannot read"):
        load_model(weights.parent)
    card_file.unlink()
    with pytest.raises(ModelError, match=r"card model\.json cannot be read"):
        load_model(weights.parent)


def test_an_encoder_of_another_training(copy: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "encoder"
    other.mkdir()
    (other / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="wrong SHA-256"):
        load_model(copy[0].parent, encoder=str(other))


@pytest.mark.parametrize(
    "classes",
    [
        ["positive/interested", "negative/decline"],
        ["happy/interested", "negative/decline", "neutral/other"],
        ["positive/interested", "positive/interested", "negative/decline", "neutral/other"],
    ],
)
def test_wrong_labels(copy: tuple[Path, Path], classes: list[str]) -> None:
    card_file = copy[1]
    change_card(card_file, classes=classes)
    with pytest.raises(ModelError, match="wrong labels"):
        load_model(card_file.parent)


def test_labels_that_do_not_fit_the_weights(copy: tuple[Path, Path]) -> None:
    card_file = copy[1]
    change_card(card_file, classes=["positive/interested", "negative/decline", "neutral/other"])
    with pytest.raises(ModelError, match="does not fit"):
        load_model(card_file.parent)


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"format": 2}'])
def test_a_spoiled_card(copy: tuple[Path, Path], content: str) -> None:
    card_file = copy[1]
    card_file.write_text(content)
    with pytest.raises(ModelError, match="is not valid"):
        load_model(card_file.parent)


def test_weights_that_are_no_numbers(copy: tuple[Path, Path]) -> None:
    from safetensors.torch import load_file, save_file

    weights, card_file = copy
    tensors = load_file(weights)
    tensors["decoder.bias"][0] = float("nan")
    save_file(tensors, weights)
    change_card(card_file, weights_sha256=file_hash(weights))
    with pytest.raises(ModelError, match="NaN"):
        load_model(weights.parent)


def test_an_encoder_with_files_missing(copy: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "encoder"
    other.mkdir()
    shutil.copy(find_encoder(MINILM.name) / WEIGHTS, other)
    with pytest.raises(ModelError, match="Cannot read"):
        load_model(copy[0].parent, encoder=str(other))
    card = json.loads(copy[1].read_text())
    change_card(copy[1], encoder=card["encoder"] | {"files": {WEIGHTS: card["encoder"]["files"][WEIGHTS]}})
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(copy[0].parent, encoder=str(other))


def test_an_encoder_with_another_vocabulary(copy: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "encoder"
    shutil.copytree(find_encoder(MINILM.name), other)
    (other / "vocab.txt").write_text("nothing\n")
    with pytest.raises(ModelError, match=r"vocab\.txt in .* has a wrong SHA-256"):
        load_model(copy[0].parent, encoder=str(other))


def test_a_training_that_fails_leaves_the_old_model(copy: tuple[Path, Path], tmp_path: Path) -> None:
    from adapters.sentiment.training.train import Training, train

    before = [path.read_bytes() for path in copy]
    (tmp_path / "few.jsonl").write_text(
        '{"text": "yes", "label": "positive", "intent": "interested", "split": "train"}'
    )
    with pytest.raises(ModelError, match="Too few: positive/interested"):
        train(copy[0].parent, Training(MINILM.name, (tmp_path / "few.jsonl",)))
    assert [path.read_bytes() for path in copy] == before
