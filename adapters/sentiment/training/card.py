"""The card beside the trained weights: what they were trained from, which encoder they fit, how sure is sure enough."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.sentiment.training.corpus import DATA
from sequences.errors import ModelError
from sequences.reactions.sentiment import Intent, Label, OptOutLimits

CARD_NAME: Final = "model.json"
WEIGHTS_NAME: Final = "model.safetensors"
MAIN: Final = DATA / "main"
FAST: Final = DATA / "fast"
MULTILINGUAL: Final = DATA / "multilingual"
"""Folders of the models that ship: for English over a large encoder, and over a small one for small machines; and for
other languages."""


class EncoderCard(BaseModel):
    """The encoder that the trained part belongs to.

    Attributes:
        name: of a known encoder (``adapters.sentiment.encoder.find``), else a folder or a name at a model hub.
        files: SHA-256 of each file of it that is read, by name.
        pooling: how the vectors of the word pieces become one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    files: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(min_length=1)
    pooling: Literal["mean"] = "mean"


class ModelCard(BaseModel):
    """What a program and a reader must know of a trained model.

    Attributes:
        classes: ``label/intent``, in the order of the head's outputs.
        rank: of the low-rank updates of the encoder's matrices that lie beside biases, layer norms and head; 0: none.
        languages: ISO 639-1 codes of those that it judges well enough; replies in others need review.
        temperature: the logits are divided by it, so that a confidence is a frequency.
        caution: added to the logits of the negative classes (0 or more): to take a no for a yes is the worst mistake.
        threshold: confidence from which no human need read a reply.
        opt_out_threshold: probability of the intent ``opt_out`` from which the model's word counts.
        opt_out_with_phrases: the same where the words say perhaps the same; see ``OptOutLimits``.
        suspicion: probability of it from which a reply needs review where that is not reached.
        weights_sha256: of the safetensors file beside this card.
        corpus_sha256: of the corpus file it was trained from, or of the hashes of several.
        training: seed, epochs and the like.
        metrics: measured; ``held_out`` on replies of the train split that were not learned, ``test`` on the test split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2] = 2
    encoder: EncoderCard
    classes: tuple[str, ...] = Field(min_length=2)
    rank: int = Field(default=0, ge=0, le=256)
    languages: tuple[str, ...] = ("en",)
    temperature: float = Field(gt=0, allow_inf_nan=False)
    caution: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    threshold: float = Field(ge=0, le=1)
    opt_out_threshold: float = Field(gt=0, le=1)
    opt_out_with_phrases: float = Field(default=1.0, gt=0, le=1)
    suspicion: float = Field(default=1.0, gt=0, le=1)
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    corpus_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    training: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)

    @property
    def opt_out_limits(self) -> OptOutLimits:
        """From when on the model's word counts for an opt-out."""
        return OptOutLimits(self.opt_out_threshold, self.opt_out_with_phrases, self.suspicion)


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
