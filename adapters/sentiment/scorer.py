"""Score replies with a loaded model: batched, thread-safe, and never a crash over a text."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from adapters.sentiment.calibrated import NOTHING
from adapters.sentiment.model import LABEL_TYPE, LoadedModel
from adapters.sentiment.text import prepare
from sequences.reactions.sentiment import Score, decide

if TYPE_CHECKING:
    from flair.models import TextClassifier

BATCH: Final = 32
_WARM_UP: Final = ("Thank you, please tell me more about it.", "no")


class FlairScorer:
    """Scores replies. One instance may be shared by threads; they take turns in the model.

    Args:
        model: the loaded model.
        threshold: confidence below which a human reads a reply, 0 to 1; None for the model's own.
        batch_size: texts in one forward pass.
    """

    def __init__(self, model: LoadedModel, threshold: float | None = None, batch_size: int = BATCH) -> None:
        self.model = model
        self._threshold = model.threshold if threshold is None else threshold
        self._batch_size = batch_size
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """Of the model: ``main``, ``fast``, a folder or a Flair model's name."""
        return self.model.name

    def warm_up(self) -> None:
        """Run the model once, so that the first reply does not pay for it. The worker is ready after this."""
        self.score(_WARM_UP)

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Scores texts, in their order. Each text gets a score; one that cannot be scored needs review."""
        prepared = [prepare(text) for text in texts]
        model = self.model
        with self._turn:
            # By length: in a batch of like ones little is spent on padding.
            raw = raw_probabilities(
                model.classifier,
                sorted({text for text in prepared if text}, key=len),
                self._batch_size,
                model.label_type,
                half=model.half,
            )
        readings = {text: model.read(answer) for text, answer in raw.items()}
        return [
            decide(
                readings.get(ready, NOTHING),
                text,
                self._threshold,
                opt_out=model.opt_out,
                languages=model.languages,
            )
            for text, ready in zip(texts, prepared, strict=True)
        ]


def raw_probabilities(
    classifier: TextClassifier,
    texts: list[str],
    batch_size: int = BATCH,
    label_type: str = LABEL_TYPE,
    *,
    half: bool = False,
) -> dict[str, dict[str, float]]:
    """Uncalibrated probabilities of the classes, by prepared text. A text without tokens gets none.

    Args:
        classifier: trained.
        texts: prepared, none empty.
        batch_size: texts in one forward pass.
        label_type: under which the classifier puts its answers.
        half: the encoder calculates in bfloat16.
    """
    import torch
    from flair.data import Sentence

    # Splitting at spaces is enough: the encoder's own tokenizer splits further, and Flair's costs more than the model.
    sentences = [Sentence(text, use_tokenizer=False) for text in texts]
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        classifier.predict(
            sentences, mini_batch_size=batch_size, return_probabilities_for_all_classes=True, label_name=label_type
        )
    return {
        text: {found.value: found.score for found in sentence.get_labels(label_type)}
        for text, sentence in zip(texts, sentences, strict=True)
    }
