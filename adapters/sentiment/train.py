"""Train the classifier from the corpus: most of the train split is learned, a slice of it held out to calibrate on.

Only biases, layer norms and the head learn (a hundredth of the parameters), so that what is stored is small and the
encoder's knowledge stays. The test split is read once, at the end, to say how good the result is.
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import json
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.sentiment.card import CARD_FILE, WEIGHTS_FILE, EncoderCard, ModelCard
from adapters.sentiment.corpus import CORPUS, Reply, file_hash, read_replies
from adapters.sentiment.evaluate import choose_temperature, choose_threshold, evaluate
from adapters.sentiment.model import (
    ENCODER_PACKAGE,
    ENCODER_SHA256,
    LABEL_TYPE,
    LoadedModel,
    build_classifier,
    check_encoder,
    encoder_folder,
    prepare_flair,
    trained_part,
)
from adapters.sentiment.scorer import FlairScorer, calibrated, joint_probabilities, marginals
from adapters.sentiment.text import prepare
from sequences.errors import ModelError
from sequences.sentiment import Score, decide

if TYPE_CHECKING:
    from flair.models import TextClassifier

Progress = Callable[[int, int], None]
"""Called after each batch with the batches done and the batches there are."""

_OPT_OUT_CANDIDATES: Final = (0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2)
_MOST_FALSE_ALARMS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. The defaults made the model that ships.

    Attributes:
        seed: of the held-out slice, the initial head, the order of batches and dropout.
        epochs: passes over the replies.
        learning_rate: at its peak; warmed up over the first tenth, then falling to 0.
        batch_size: replies in one step.
        held_out: part of the train split that is not learned but sets temperature and thresholds, 0.05 to 0.5.
        threads: of torch.
        target: accuracy wanted of the answers that no human reads; with the shipped encoder, more leaves few of them.
    """

    seed: int = 7
    epochs: int = 6
    learning_rate: float = 3e-3
    batch_size: int = 16
    held_out: float = 0.15
    threads: int = 2
    target: float = 0.96


def train(
    corpus: Path = CORPUS,
    weights: Path = WEIGHTS_FILE,
    card_file: Path = CARD_FILE,
    recipe: Recipe | None = None,
    on_progress: Progress = lambda _done, _total: None,
) -> ModelCard:
    """Train, calibrate, measure and store a model.

    Args:
        corpus: JSON lines; those with split ``train`` are learned.
        weights: where the trained part goes.
        card_file: where its card goes.
        recipe: None for the defaults.
        on_progress: see ``Progress``.

    Raises:
        ModelError: corpus or encoder cannot be used.
    """
    recipe = recipe or Recipe()
    replies = read_replies(corpus)
    learn, judge = _hold_out([reply for reply in replies if reply.split == "train"], recipe)
    classes = tuple(sorted({reply.joint for reply in learn}))
    encoder = encoder_folder()
    check_encoder(encoder)
    classifier = _fit(encoder, classes, learn, recipe, on_progress)
    _store(classifier, weights)
    calibration = _calibrate(_answers(classifier, judge), recipe.target)
    card = ModelCard(
        encoder=EncoderCard(package=ENCODER_PACKAGE, sha256=ENCODER_SHA256),
        classes=classes,
        weights_sha256=file_hash(weights),
        corpus_sha256=file_hash(corpus),
        training=asdict(recipe) | {"learned": len(learn), "held_out_replies": len(judge)},
        **calibration,
    )
    test = [reply for reply in replies if reply.split == "test"]
    if test:
        scores = FlairScorer(LoadedModel(classifier, card)).score([reply.text for reply in test])
        card = card.model_copy(update={"metrics": card.metrics | {"test": evaluate(test, scores).as_json()}})
    card_file.write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    return card


def _store(classifier: TextClassifier, weights: Path) -> None:
    """Write the trained part, and use from now on exactly what was written (half precision)."""
    import torch
    from safetensors.torch import save_file

    stored = trained_part(classifier)
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file(stored, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner alone, and workers may run as somebody else
    with torch.no_grad():
        for name, parameter in classifier.named_parameters():
            if name in stored:
                parameter.copy_(stored[name].to(parameter.dtype))


def _hold_out(replies: Sequence[Reply], recipe: Recipe) -> tuple[list[Reply], list[Reply]]:
    """Split into those to learn and those to calibrate on, each with its share of every class."""
    counts = Counter(reply.joint for reply in replies)
    if not 0.05 <= recipe.held_out <= 0.5 or min(counts.values(), default=0) * recipe.held_out < 1:
        raise ModelError(
            "The corpus is too small: of each label and intent at least one reply must be held out (share 0.05 to 0.5)."
        )
    shuffled = list(replies)
    random.Random(recipe.seed).shuffle(shuffled)
    learn: list[Reply] = []
    judge: list[Reply] = []
    taken: Counter[str] = Counter()
    for reply in shuffled:
        wanted = round(counts[reply.joint] * recipe.held_out)
        (judge if taken[reply.joint] < wanted else learn).append(reply)
        taken[reply.joint] += 1
    return learn, judge


def _calibrate(raw: Sequence[tuple[Reply, dict[str, float]]], target: float) -> dict[str, Any]:
    """Temperature and thresholds from replies that the judging model had not seen, and what they yield there."""
    temperature = choose_temperature([(marginals(joint)[0], reply.label) for reply, joint in raw])
    judged = [(reply, *marginals(calibrated(joint, temperature))) for reply, joint in raw]

    def scores(threshold: float, opt_out: float) -> list[Score]:
        return [
            decide(labels, intents, reply.text, threshold, opt_out_threshold=opt_out)
            for reply, labels, intents in judged
        ]

    replies = [reply for reply, _, _ in judged]
    opt_out = _OPT_OUT_CANDIDATES[0]
    for candidate in _OPT_OUT_CANDIDATES:
        alarms = evaluate(replies, scores(0.0, candidate)).opt_out_false_alarms
        if alarms is None or alarms <= _MOST_FALSE_ALARMS:
            opt_out = candidate
    judged_open = zip(replies, scores(0.0, opt_out), strict=True)
    threshold = choose_threshold(
        ((score.confidence, reply.label is score.label) for reply, score in judged_open if not score.held), target
    )
    return {
        "temperature": temperature,
        "threshold": threshold,
        "opt_out_threshold": opt_out,
        "metrics": {"held_out": evaluate(replies, scores(threshold, opt_out)).as_json()},
    }


def _fit(
    encoder: Path, classes: tuple[str, ...], replies: Sequence[Reply], recipe: Recipe, on_progress: Progress
) -> TextClassifier:
    """Train a fresh classifier."""
    flair = prepare_flair()
    import torch
    from flair.data import Corpus, Sentence
    from flair.datasets import FlairDatapointDataset
    from flair.trainers import ModelTrainer

    flair.set_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    counts = Counter(reply.joint for reply in replies)
    # The square root: fully balanced weights make the rare pairs too loud.
    weights = {name: (len(replies) / (len(counts) * count)) ** 0.5 for name, count in counts.items()}
    classifier = build_classifier(encoder, classes, weights)
    sentences = []
    for reply in replies:
        if text := prepare(reply.text):
            sentence = Sentence(text, use_tokenizer=False)
            sentence.add_label(LABEL_TYPE, reply.joint)
            sentences.append(sentence)
    # Left to itself, Flair would take dev and test splits out of what is to be learned.
    corpus: Any = Corpus(train=FlairDatapointDataset(sentences), sample_missing_splits=False)
    steps = -(-len(sentences) // recipe.batch_size) * recipe.epochs
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Flair 0.15.1 makes a CUDA scaler by its old name, also on a CPU.
        warnings.filterwarnings("ignore", message=r"`torch\.cuda\.amp\.GradScaler", category=FutureWarning)
        ModelTrainer(classifier, corpus).fine_tune(
            folder,
            learning_rate=recipe.learning_rate,
            mini_batch_size=recipe.batch_size,
            max_epochs=recipe.epochs,
            train_with_dev=True,
            save_final_model=False,
            create_file_logs=False,
            create_loss_file=False,
            plugins=[_progress_plugin(on_progress, steps)],
        )
    classifier.eval()
    return classifier


def _progress_plugin(on_progress: Progress, steps: int) -> Any:
    from flair.trainers.plugins import TrainerPlugin

    class Count(TrainerPlugin):
        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        @TrainerPlugin.hook
        def after_training_batch(self, **_: Any) -> None:
            self.done += 1
            on_progress(self.done, steps)

    return Count()


def _answers(classifier: TextClassifier, replies: Sequence[Reply]) -> list[tuple[Reply, dict[str, float]]]:
    """Uncalibrated answers of a classifier."""
    prepared = [prepare(reply.text) for reply in replies]
    answers = joint_probabilities(classifier, sorted({text for text in prepared if text}, key=len))
    return [(reply, answers[text]) for reply, text in zip(replies, prepared, strict=True) if text]
