"""Train the part of a model that Relance stores: hold out, fit, calibrate, measure, write weights and card."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.sentiment.encoder.find import E5, MINILM, MPNET, check_encoder, files_of, find_encoder
from adapters.sentiment.encoder.hashes import file_hash
from adapters.sentiment.encoder.precision import is_half
from adapters.sentiment.model import LoadedModel, loaded, put_trained_part, trained_part
from adapters.sentiment.scorer import FlairScorer, raw_probabilities
from adapters.sentiment.text import prepare
from adapters.sentiment.training.calibrate import calibrate
from adapters.sentiment.training.card import (
    CARD_NAME,
    FAST,
    MAIN,
    MULTILINGUAL,
    WEIGHTS_NAME,
    EncoderCard,
    ModelCard,
)
from adapters.sentiment.training.corpus import CORPUS, OTHER_LANGUAGES, LabelledReply, read_replies
from adapters.sentiment.training.evaluate import evaluate
from adapters.sentiment.training.fitting import Fitted, Progress, Recipe, fit
from sequences.errors import ModelError

if TYPE_CHECKING:
    from flair.models import TextClassifier


@dataclass(frozen=True, slots=True)
class Training:
    """What a model is made of.

    Attributes:
        encoder: name of a known encoder, a folder, or (if a hub may be asked) a name at a model hub.
        corpora: files of JSON lines; replies with split ``train`` are learned, whatever their language.
        recipe: how to train.
        languages: ISO 639-1 codes of the languages that it is to judge. It is calibrated and measured on those.
        judged: those of them in which unseen replies showed that it is good enough; empty for all. Replies in the
            others need review, and an opt-out that it finds in them counts.
    """

    encoder: str = MPNET.name
    corpora: tuple[Path, ...] = (CORPUS,)
    recipe: Recipe = field(default_factory=Recipe)
    languages: tuple[str, ...] = ("en",)
    judged: tuple[str, ...] = ()


SHIPPED: Final = {
    "main": (MAIN, Training()),
    "fast": (FAST, Training(MINILM.name, recipe=Recipe(learning_rate=3e-3, epochs=6))),
    "multilingual": (
        MULTILINGUAL,
        Training(
            E5.name,
            (CORPUS, OTHER_LANGUAGES),
            Recipe(learning_rate=2e-3, batch_size=32, epochs=4, rank=16),
            ("de", "es", "fr", "it", "nl", "pl", "pt", "sv"),
            judged=("de", "fr", "it", "nl", "pt", "sv"),
        ),
    ),
}
"""Where each shipped model lies, and how it was made."""


def train(
    folder: Path,
    training: Training,
    on_progress: Progress = lambda _done, _total: None,
    *,
    hub: bool = False,
) -> ModelCard:
    """Train, calibrate, measure and store a model.

    Args:
        folder: where the trained part and its card go.
        training: see ``Training``.
        on_progress: see ``Progress``.
        hub: a model hub may be asked for the encoder.

    Raises:
        ModelError: a corpus or the encoder cannot be used.
    """
    recipe, languages = training.recipe, frozenset(training.languages)
    replies = [reply for corpus in training.corpora for reply in read_replies(corpus)]
    learn, judge = _hold_out([reply for reply in replies if reply.split == "train"], recipe)
    judge = [reply for reply in judge if reply.language in languages]
    if not judge:
        raise ModelError(f"The corpus holds no replies in {', '.join(sorted(languages))}.")
    classes = tuple(sorted({reply.joint for reply in learn}))
    place = find_encoder(training.encoder, hub=hub)
    named = str(place) if Path(training.encoder).is_dir() else training.encoder
    files = files_of(training.encoder, place)
    check_encoder(place, files)
    with _new_files(folder) as (weights, card_file):
        fitted = fit(place, classes, learn, recipe, on_progress)
        _store(fitted, weights, recipe.rank)
        half = is_half(recipe.precision)
        answers = _answers(fitted.classifier, judge, half=half)
        card = ModelCard(
            encoder=EncoderCard(name=named, files=dict(files)),
            classes=classes,
            rank=recipe.rank,
            languages=training.languages,
            weights_sha256=file_hash(weights),
            corpus_sha256=corpora_hash(training.corpora),
            training=asdict(recipe) | {"learned": len(learn), "held_out_replies": len(judge)},
            **calibrate(answers, recipe.target, languages),
        )
        test = [reply for reply in replies if reply.split == "test" and reply.language in languages]
        card = _measured(loaded(fitted.classifier, card, "trained", half=half), card, test)
        card = card.model_copy(update={"languages": training.judged or training.languages})
        card_file.write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    return card


@contextmanager
def _new_files(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Weights and card under other names beside the old ones, which they replace when all has gone well.

    Raises:
        ModelError: the folder cannot be written to; said before half an hour of training, not after.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="training-") as work:
            weights, card_file = Path(work) / WEIGHTS_NAME, Path(work) / CARD_NAME
            yield weights, card_file
            weights.replace(folder / WEIGHTS_NAME)
            card_file.replace(folder / CARD_NAME)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written to ({type(error).__name__}): choose another with --out."
        ) from error


def corpora_hash(corpora: Sequence[Path]) -> str:
    """SHA-256 of one corpus, or of the hashes of several."""
    hashes = [file_hash(corpus) for corpus in corpora]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _measured(model: LoadedModel, card: ModelCard, test: list[LabelledReply]) -> ModelCard:
    if not test:
        return card
    scores = FlairScorer(model).score([reply.text for reply in test])
    return card.model_copy(update={"metrics": card.metrics | {"test": evaluate(test, scores).as_json()}})


def _store(fitted: Fitted, weights: Path, rank: int) -> None:
    """Write the trained part, and use from now on exactly what was written (half precision)."""
    import torch
    from safetensors.torch import save_file

    updates = {name: update.to(torch.float16).contiguous() for name, update in fitted.updates.items()}
    stored = trained_part(fitted.classifier) | updates
    save_file(stored, weights)
    weights.chmod(0o644)  # safetensors makes it readable by its owner alone, and workers may run as somebody else
    put_trained_part(fitted.classifier, stored, rank)


def _hold_out(replies: Sequence[LabelledReply], recipe: Recipe) -> tuple[list[LabelledReply], list[LabelledReply]]:
    """Split into those to learn and those to calibrate on, each with its share of every class."""
    counts = Counter(reply.joint for reply in replies)
    rare = sorted(pair for pair, count in counts.items() if count * recipe.held_out < 0.5)
    if not counts or rare or not 0.05 <= recipe.held_out <= 0.5:
        raise ModelError(
            "The corpus is too small: of each label and intent at least one reply must be held out "
            f"(share 0.05 to 0.5). Too few: {', '.join(rare) or 'all'}."
        )
    shuffled = list(replies)
    random.Random(recipe.seed).shuffle(shuffled)
    learn: list[LabelledReply] = []
    judge: list[LabelledReply] = []
    taken: Counter[str] = Counter()
    for reply in shuffled:
        wanted = max(1, round(counts[reply.joint] * recipe.held_out))
        (judge if taken[reply.joint] < wanted else learn).append(reply)
        taken[reply.joint] += 1
    return learn, judge


def _answers(
    classifier: TextClassifier, replies: Sequence[LabelledReply], *, half: bool
) -> list[tuple[LabelledReply, dict[str, float]]]:
    """Uncalibrated answers of a classifier."""
    prepared = [prepare(reply.text) for reply in replies]
    answers = raw_probabilities(classifier, sorted({text for text in prepared if text}, key=len), half=half)
    return [(reply, answers[text]) for reply, text in zip(replies, prepared, strict=True) if text]
