"""Score replies with a loaded model: batched, thread-safe, and never a crash over a text."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from adapters.sentiment.model import LABEL_TYPE, LoadedModel, load_model
from adapters.sentiment.text import prepare
from sequences.sentiment import UNKNOWN, Intent, Label, Probabilities, Score, decide

if TYPE_CHECKING:
    from flair.models import TextClassifier

BATCH: Final = 32
_WARM_UP: Final = ("Thank you, please tell me more about it.", "no")


class FlairScorer:
    """Scores replies. One instance may be shared by threads; they take turns in the model.

    Args:
        model: the loaded model; None loads the one that ships with Relance.
        batch_size: texts in one forward pass.

    Raises:
        ModelError: when ``model`` is None and the model cannot be loaded.
    """

    def __init__(self, model: LoadedModel | None = None, batch_size: int = BATCH) -> None:
        self._model = model or load_model()
        self._batch_size = batch_size
        self._turn = threading.Lock()

    def warm_up(self) -> None:
        """Run the model once, so that the first reply does not pay for it. The worker is ready after this."""
        self.score(_WARM_UP)

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Judge texts, in their order. Whatever a text holds, it gets a score: held when it cannot be judged."""
        prepared = [prepare(text) for text in texts]
        answers = self._predict(sorted({text for text in prepared if text}, key=len))
        card = self._model.card
        return [
            decide(*marginals(answers.get(ready, {})), text, card.threshold, opt_out_threshold=card.opt_out_threshold)
            for text, ready in zip(texts, prepared, strict=True)
        ]

    def _predict(self, texts: list[str]) -> dict[str, dict[str, float]]:
        with self._turn:
            raw = joint_probabilities(self._model.classifier, texts, self._batch_size)
        return {text: calibrated(answer, self._model.card.temperature) for text, answer in raw.items()}


def joint_probabilities(
    classifier: TextClassifier, texts: list[str], batch_size: int = BATCH
) -> dict[str, dict[str, float]]:
    """Uncalibrated probabilities of the joint classes, by prepared text. A text without tokens gets none."""
    from flair.data import Sentence

    # Splitting at spaces is enough: the encoder's own tokenizer splits further, and Flair's costs more than the model.
    sentences = [Sentence(text, use_tokenizer=False) for text in texts]
    classifier.predict(
        sentences, mini_batch_size=batch_size, return_probabilities_for_all_classes=True, label_name=LABEL_TYPE
    )
    return {
        text: {found.value: found.score for found in sentence.get_labels(LABEL_TYPE)}
        for text, sentence in zip(texts, sentences, strict=True)
    }


def calibrated(probabilities: Mapping[str, float], temperature: float) -> dict[str, float]:
    """The softmax with its logits divided by ``temperature``, computed from the softmax without."""
    powers = {name: value ** (1.0 / temperature) for name, value in probabilities.items()}
    total = sum(powers.values())
    # NaN is passed on: ``decide`` then holds the reply.
    return {name: value / total for name, value in powers.items()} if total else {}


def marginals(joint: Mapping[str, float]) -> tuple[Probabilities, dict[Intent, float]]:
    """Probabilities of labels and of intents from those of the pairs ``label/intent``; equal ones from nothing."""
    if not joint:
        return UNKNOWN, {Intent.OTHER: 1.0}
    labels = dict.fromkeys(Label, 0.0)
    intents: dict[Intent, float] = {}
    for name, value in joint.items():
        label, _, intent = name.partition("/")
        labels[Label(label)] += value
        intents[Intent(intent)] = intents.get(Intent(intent), 0.0) + value
    return Probabilities(labels[Label.POSITIVE], labels[Label.NEGATIVE], labels[Label.NEUTRAL]), intents
