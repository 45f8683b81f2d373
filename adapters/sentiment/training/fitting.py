"""Fit the trained part with Flair's own trainer."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.sentiment.encoder.low_rank import unwrap, wrap
from adapters.sentiment.encoder.precision import Precision, is_half
from adapters.sentiment.flair_import import prepare_flair
from adapters.sentiment.model import LABEL_TYPE, build_classifier, is_trained
from adapters.sentiment.text import prepare
from adapters.sentiment.training.corpus import LabelledReply

if TYPE_CHECKING:
    import torch
    from flair.models import TextClassifier

Progress = Callable[[int, int], None]
"""Called after each batch with the batches done and the batches there are."""

_BUCKET: Final = 32
"""Batches that are filled from one shuffled stretch of replies, sorted by length."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. The defaults made the main model that ships.

    Attributes:
        seed: of the held-out slice, the initial head, the order of batches and dropout.
        epochs: passes over the replies.
        learning_rate: at its peak; warmed up over the first tenth, then falling to 0.
        batch_size: replies in one step.
        held_out: part of the train split that is not learned but sets temperature and thresholds, 0.05 to 0.5.
        threads: of torch.
        target: accuracy wanted of the answers that no human reads.
        rank: of the updates of the encoder's matrices; 0 trains biases, layer norms and head alone.
        precision: of the arithmetic in the encoder.
    """

    seed: int = 7
    epochs: int = 5
    learning_rate: float = 1e-3
    batch_size: int = 16
    held_out: float = 0.1
    threads: int = 2
    target: float = 0.98
    rank: int = 8
    precision: Precision = Precision.AUTO


@dataclass(frozen=True)
class Fitted:
    """What training made.

    Attributes:
        classifier: over the bare encoder, with the trained biases, layer norms and head.
        updates: of the encoder's matrices, by name; empty for rank 0.
    """

    classifier: TextClassifier
    updates: dict[str, torch.Tensor]


def fit(
    encoder: Path, classes: tuple[str, ...], replies: Sequence[LabelledReply], recipe: Recipe, on_progress: Progress
) -> Fitted:
    """Train a fresh classifier on the replies: low-rank updates, biases, layer norms and the head.

    Args:
        encoder: folder of the encoder, checked.
        classes: ``label/intent``, in the order of the head's outputs.
        replies: to be learned.
        recipe: how.
        on_progress: see ``Progress``.
    """
    flair = prepare_flair()
    import torch
    from flair.data import Corpus
    from flair.datasets import FlairDatapointDataset
    from flair.trainers import ModelTrainer

    flair.set_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    counts = Counter(reply.joint for reply in replies)
    # The square root: fully balanced weights make the rare pairs too loud.
    weights = {name: (len(replies) / (len(counts) * count)) ** 0.5 for name, count in counts.items()}
    classifier = build_classifier(encoder, classes, weights)
    _choose_parameters(classifier, recipe.rank)
    sentences = _sentences(replies)
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
            use_amp=is_half(recipe.precision),
            sampler=_like_lengths(recipe),
            plugins=[_progress_plugin(on_progress, steps)],
        )
    classifier.eval()
    # Flair keeps the trainer's arguments there, and could not save the model as a file because of the sampler.
    classifier.model_card = None
    return Fitted(classifier, unwrap(classifier))


def _choose_parameters(classifier: TextClassifier, rank: int) -> None:
    """All is frozen but what is trained."""
    for name, parameter in classifier.named_parameters():
        parameter.requires_grad = is_trained(name)
    if rank:
        wrap(classifier, rank)


def _sentences(replies: Sequence[LabelledReply]) -> list[Any]:
    from flair.data import Sentence

    sentences = []
    for reply in replies:
        if text := prepare(reply.text):
            sentence = Sentence(text, use_tokenizer=False)
            sentence.add_label(LABEL_TYPE, reply.joint)
            sentences.append(sentence)
    return sentences


def batches_of_like_lengths(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches: chance decides who is together in a stretch, length who is together in a batch of it.

    Half of a mixed batch is padding. The last, smaller batch of the whole comes last, since Flair cuts the stream of
    indices into batches by counting.

    Args:
        lengths: of the texts, by index.
        size: of a batch.
        rng: chance.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _BUCKET):
        stretch = sorted(order[start : start + size * _BUCKET], key=lambda index: lengths[index])
        batches += [stretch[first : first + size] for first in range(0, len(stretch), size)]
    rng.shuffle(batches)
    batches.sort(key=lambda batch: len(batch) < size)
    return batches


def _like_lengths(recipe: Recipe) -> Any:
    from flair.samplers import FlairSampler

    class LikeLengths(FlairSampler):
        def __init__(self) -> None:
            super().__init__()
            self._rng = random.Random(recipe.seed)

        def __iter__(self) -> Iterator[int]:
            lengths = [len(sentence.text) for sentence in self.data_source]
            return (
                index for batch in batches_of_like_lengths(lengths, recipe.batch_size, self._rng) for index in batch
            )

    return LikeLengths()


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
