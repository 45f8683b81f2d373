"""The card beside the trained weights: what they were trained from, which encoder they fit, how sure is sure enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.sentiment.corpus import DATA
from sequences.errors import ModelError
from sequences.sentiment import Intent, Label

CARD_FILE = DATA / "model.json"
WEIGHTS_FILE = DATA / "model.safetensors"


class EncoderCard(BaseModel):
    """The encoder that the trained part belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    pooling: Literal["mean"] = "mean"


class ModelCard(BaseModel):
    """What a program and a reader must know of a trained model.

    Attributes:
        classes: ``label/intent``, in the order of the head's outputs.
        temperature: the logits are divided by it, so that a confidence is a frequency.
        threshold: confidence from which no human need read a reply.
        opt_out_threshold: probability of the intent ``opt_out`` from which the model's word counts.
        weights_sha256: of the safetensors file beside this card.
        corpus_sha256: of the corpus file it was trained from.
        training: seed, epochs and the like.
        metrics: measured; ``calibration`` on held-out replies of the train split, ``test`` on the test split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    encoder: EncoderCard
    classes: tuple[str, ...] = Field(min_length=2)
    temperature: float = Field(gt=0, allow_inf_nan=False)
    threshold: float = Field(ge=0, le=1)
    opt_out_threshold: float = Field(gt=0, le=1)
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    corpus_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)


def read_card(path: Path) -> ModelCard:
    """Read and check a card.

    Raises:
        ModelError: missing, not JSON, or labels and intents that this product does not know.
    """
    try:
        card = ModelCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"The model card {path.name} cannot be read: {type(error).__name__}.") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"The model card {path.name} is not valid: {field}: {first['msg']}.") from None
    known = {f"{label}/{intent}" for label in Label for intent in Intent}
    strange = [name for name in card.classes if name not in known]
    labels = {name.partition("/")[0] for name in card.classes}
    if strange or len(set(card.classes)) != len(card.classes) or labels != {label.value for label in Label}:
        raise ModelError(
            f"The model card {path.name} has wrong labels: each must be one known label/intent, none twice, "
            "and all three labels must occur."
        )
    return card
