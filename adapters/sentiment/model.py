"""Load a model that Relance trained: a checked encoder, and the trained part that lies beside its card.

Flair and torch take seconds and hundreds of megabytes to import, so they are imported inside functions, and only after
the environment says that nothing may ask a model hub.
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.sentiment.calibrated import read_joint
from adapters.sentiment.encoder.find import check_encoder, find_encoder
from adapters.sentiment.encoder.hashes import file_hash
from adapters.sentiment.encoder.low_rank import merge, shapes
from adapters.sentiment.encoder.precision import Precision, is_half
from adapters.sentiment.flair_import import prepare_flair
from adapters.sentiment.training.card import CARD_NAME, MAIN, WEIGHTS_NAME, ModelCard, read_card
from sequences.errors import ModelError
from sequences.reactions.sentiment import CalibratedReading, OptOutLimits

if TYPE_CHECKING:
    import torch
    from flair.models import TextClassifier

LABEL_TYPE: Final = "reply"


@dataclass(frozen=True)
class LoadedModel:
    """A classifier ready to score, and how to read its answers.

    Attributes:
        name: for logs and readers: ``main``, ``fast``, a folder or a Flair model's name.
        classifier: the Flair classifier.
        label_type: under which it puts its answers.
        read: its raw probabilities by class -> calibrated probabilities of labels and of intents.
        threshold: confidence from which no human need read a reply.
        opt_out: from when on its word counts for an opt-out.
        languages: ISO 639-1 codes that it knows.
        half: the encoder calculates in bfloat16.
        card: None for a model that Relance did not train.
    """

    name: str
    classifier: TextClassifier
    label_type: str
    read: Callable[[Mapping[str, float]], CalibratedReading]
    threshold: float
    opt_out: OptOutLimits
    languages: frozenset[str]
    half: bool = False
    card: ModelCard | None = None


def load_model(
    folder: Path = MAIN, encoder: str | None = None, *, hub: bool = False, precision: Precision = Precision.AUTO
) -> LoadedModel:
    """Load and check everything; some ten seconds, most of it imports.

    Args:
        folder: with the trained part and its card.
        encoder: folder of the encoder or name at a hub, where it is not the one that the card names; its files must be.
        hub: a model hub may be asked for an encoder that is not known.
        precision: of the arithmetic in the encoder.

    Raises:
        ModelError: a file is missing, truncated or not the one that the card names, labels are wrong, or a weight is
            not a finite number.
    """
    card, weights = read_card(folder / CARD_NAME), folder / WEIGHTS_NAME
    if file_hash(weights) != card.weights_sha256:
        raise ModelError(f"{weights} is not the file that {CARD_NAME} describes (truncated, or of another training).")
    found = find_encoder(encoder or card.encoder.name, hub=hub)
    check_encoder(found, card.encoder.files)
    classifier = build_classifier(found, card.classes)
    put_trained_part(classifier, _read_weights(weights), card.rank)
    classifier.eval()
    half = is_half(precision)
    if half:
        _shorten(classifier)
    return loaded(classifier, card, folder.name, half=half)


def loaded(classifier: TextClassifier, card: ModelCard, name: str, *, half: bool) -> LoadedModel:
    """A trained classifier with its card, to calculate in bfloat16 or not."""
    return LoadedModel(
        name=name,
        classifier=classifier,
        label_type=LABEL_TYPE,
        read=lambda joint: read_joint(joint, card.temperature, card.caution),
        threshold=card.threshold,
        opt_out=card.opt_out_limits,
        languages=frozenset(card.languages),
        half=half,
        card=card,
    )


def build_classifier(
    encoder: Path, classes: tuple[str, ...], loss_weights: dict[str, float] | None = None
) -> TextClassifier:
    """A Flair classifier over the bare encoder, with an untrained head.

    Args:
        encoder: folder of the encoder.
        classes: ``label/intent``, in the order of the head's outputs.
        loss_weights: by class; only training uses them.

    Raises:
        ModelError: a file of the encoder is missing or cannot be read.
    """
    prepare_flair()
    from flair.data import Dictionary
    from flair.embeddings import TransformerDocumentEmbeddings
    from flair.models import TextClassifier
    from torch import nn

    from adapters.sentiment.encoder.exact_linear import ExactLinear

    dictionary = Dictionary(add_unk=False)
    for name in classes:
        dictionary.add_item(name)
    # The default pooling, "cls", was never trained in these encoders and costs ten points of accuracy.
    try:
        embeddings = TransformerDocumentEmbeddings(str(encoder), cls_pooling="mean", fine_tune=True)
    except Exception as error:  # Whatever transformers raises over a folder with something missing.
        raise ModelError(f"The encoder in {encoder} cannot be loaded ({type(error).__name__}): {error}") from error
    head = ExactLinear(embeddings.embedding_length, len(dictionary))
    nn.init.xavier_uniform_(head.weight)
    return TextClassifier(
        embeddings,
        label_type=LABEL_TYPE,
        label_dictionary=dictionary,
        multi_label=False,
        loss_weights=loss_weights,
        decoder=head,
    )


def is_trained(name: str) -> bool:
    """True for the encoder's biases and layer norms, and the head: what is trained and stored whole."""
    return name.endswith("bias") or re.search(r"(?i)layer_?norm", name) is not None or name.startswith("decoder.")


def trained_part(classifier: TextClassifier) -> dict[str, torch.Tensor]:
    """The parameters that are stored whole, in half precision."""
    import torch

    return {
        name: parameter.detach().to(torch.float16).contiguous()
        for name, parameter in classifier.named_parameters()
        if is_trained(name)
    }


def put_trained_part(classifier: TextClassifier, stored: Mapping[str, torch.Tensor], rank: int) -> None:
    """Make a classifier over the bare encoder the trained one.

    Args:
        classifier: of ``build_classifier``.
        stored: the trained part and the low-rank updates, by name.
        rank: of the updates; 0 for none.

    Raises:
        ModelError: something is missing, has another shape, or is not a finite number.
    """
    import torch

    whole = {name: parameter for name, parameter in classifier.named_parameters() if is_trained(name)}
    wanted = {name: tuple(parameter.shape) for name, parameter in whole.items()} | shapes(classifier, rank)
    if {name: tuple(tensor.shape) for name, tensor in stored.items()} != wanted:
        raise ModelError(f"{WEIGHTS_NAME} does not fit the encoder and the labels of its card.")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in stored.values()):
        raise ModelError(f"{WEIGHTS_NAME} holds values that are not finite numbers (NaN).")
    with torch.no_grad():
        for name, parameter in whole.items():
            parameter.copy_(stored[name].to(parameter.dtype))
    merge(classifier, stored)


def _shorten(classifier: TextClassifier) -> None:
    """Keep the matrices of the encoder in bfloat16. Shortened anew for each reply, half of its time would go there."""
    import torch

    encoder: Any = classifier.embeddings
    for layer in encoder.model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.to(torch.bfloat16)


def _read_weights(weights: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(weights)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{weights.name} cannot be read: {type(error).__name__}.") from error
