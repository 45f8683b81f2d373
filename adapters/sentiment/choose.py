"""The models that the settings ask for."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.sentiment.encoder.find import E5, MPNET, is_installed
from adapters.sentiment.flair_import import require_flair
from adapters.sentiment.settings import FLAIR
from adapters.sentiment.training.card import CARD_NAME, FAST, MAIN, MULTILINGUAL
from sequences.errors import ModelError
from sequences.reactions.sentiment import ENGLISH

if TYPE_CHECKING:
    from adapters.sentiment.by_language import ByLanguage
    from adapters.sentiment.model import LoadedModel
    from adapters.sentiment.scorer import FlairScorer
    from adapters.sentiment.settings import SentimentSettings

_FOLDERS: Final = {"main": MAIN, "fast": FAST, "multilingual": MULTILINGUAL}
_log = logging.getLogger("relance.sentiment")


def open_scorer(settings: SentimentSettings) -> FlairScorer | ByLanguage:
    """Load the models that the settings name, with the threshold that they set.

    A model that knows English only is joined by the multilingual one, if its encoder is installed and the settings
    allow it.

    Raises:
        ModelError: one cannot be used; the message says what to do.
    """
    require_flair()
    from adapters.sentiment.by_language import ByLanguage  # noqa: PLC0415 - Flair and torch take seconds
    from adapters.sentiment.model import load_model  # noqa: PLC0415
    from adapters.sentiment.scorer import FlairScorer  # noqa: PLC0415

    scorer = FlairScorer(open_model(settings), settings.sentiment_threshold)
    if not settings.sentiment_multilingual or scorer.model.languages != ENGLISH:
        return scorer
    if not is_installed(E5):
        _log.warning(
            "the encoder of the multilingual model is not installed (requirements-encoder.txt): replies in other "
            "languages than English need review"
        )
        return scorer
    multilingual = load_model(MULTILINGUAL, precision=settings.sentiment_precision)
    return ByLanguage(scorer, FlairScorer(multilingual, settings.sentiment_threshold))


def open_model(settings: SentimentSettings) -> LoadedModel:
    """The model that the settings name, alone.

    Raises:
        ModelError: it cannot be used; the message says what to do.
    """
    require_flair()
    from adapters.sentiment.model import load_model  # noqa: PLC0415 - Flair and torch take seconds
    from adapters.sentiment.stock import load_stock  # noqa: PLC0415

    languages, hub = settings.languages(), settings.sentiment_hub
    wanted = settings.sentiment_model
    if wanted.startswith(FLAIR):
        return load_stock(wanted.removeprefix(FLAIR), settings.label_map(), languages or ENGLISH, hub=hub)
    model = load_model(
        _folder(wanted), settings.sentiment_encoder or None, hub=hub, precision=settings.sentiment_precision
    )
    return dataclasses.replace(model, languages=languages) if languages else model


def _folder(wanted: str) -> Path:
    if not wanted:
        if is_installed(MPNET):
            return MAIN
        _log.warning(
            "the encoder of the main model is not installed (requirements-encoder.txt): the fast one scores replies"
        )
        return FAST
    if wanted in _FOLDERS:
        return _FOLDERS[wanted]
    if (Path(wanted) / CARD_NAME).is_file():
        return Path(wanted)
    raise ModelError(
        f"RELANCE_SENTIMENT_MODEL is {wanted}: not {', '.join(_FOLDERS)}, {FLAIR}PATH or a folder with {CARD_NAME}."
    )
