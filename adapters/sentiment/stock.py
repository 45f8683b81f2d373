"""A Flair ``TextClassifier`` that Relance did not train: its own labels, mapped to ours."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from adapters.sentiment.calibrated import NOTHING
from adapters.sentiment.flair_import import prepare_flair
from adapters.sentiment.model import LoadedModel
from sequences.errors import ModelError
from sequences.reactions.sentiment import ENGLISH, CalibratedReading, Label, OptOutLimits, Probabilities

DEFAULT_THRESHOLD: Final = 0.9


def load_stock(
    source: str, labels: Mapping[str, Label], languages: frozenset[str] = ENGLISH, *, hub: bool = False
) -> LoadedModel:
    """Load a Flair model. It says nothing of intents, so opt-outs are found by the reviewed list alone.

    Args:
        source: path of a file that Flair saved, or (with ``hub``) a name that Flair knows, such as ``sentiment-fast``.
            A file that Flair saved is a pickle: load only what you trust as you would a program.
        labels: the model's labels and ours; each of the model's must be there.
        languages: ISO 639-1 codes that it knows.
        hub: it may be downloaded.

    Raises:
        ModelError: it is not there, is no text classifier, or has labels that are not mapped.
    """
    if not hub and not Path(source).is_file():
        raise ModelError(
            f"There is no Flair model file {source}, and asking a model hub is not allowed (RELANCE_SENTIMENT_HUB)."
        )
    prepare_flair(hub=hub)
    from flair.models import TextClassifier

    try:
        classifier = TextClassifier.load(source)
    except Exception as error:  # Whatever unpickling a stranger's file may raise; all of it means the same.
        raise ModelError(f"Flair cannot load {source}: {type(error).__name__}.") from error
    if not isinstance(classifier, TextClassifier) or classifier.multi_label:
        raise ModelError(f"{source} is not a Flair TextClassifier with one label per text.")
    unmapped = [name for name in classifier.label_dictionary.get_items() if name not in labels]
    if unmapped:
        raise ModelError(
            f"The labels {', '.join(unmapped)} of {source} are not mapped: map them with RELANCE_SENTIMENT_LABELS, "
            f"such as POSITIVE=positive,NEGATIVE=negative."
        )
    classifier.eval()
    return LoadedModel(
        name=source,
        classifier=classifier,
        label_type=classifier.label_type,
        read=lambda found: _read(found, labels),
        threshold=DEFAULT_THRESHOLD,
        opt_out=OptOutLimits(obeyed=1.0),
        languages=languages,
    )


def _read(found: Mapping[str, float], labels: Mapping[str, Label]) -> CalibratedReading:
    if not found:
        return NOTHING
    sums = dict.fromkeys(Label, 0.0)
    for name, value in found.items():
        sums[labels[name]] += value
    return CalibratedReading(Probabilities(sums[Label.POSITIVE], sums[Label.NEGATIVE], sums[Label.NEUTRAL]), {})
