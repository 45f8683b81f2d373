"""Two models, each for its languages: one judges what is surely English, the other everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sequences.reactions.language import foreign_language

if TYPE_CHECKING:
    from adapters.sentiment.scorer import FlairScorer
    from sequences.reactions.sentiment import Score


class ByLanguage:
    """Scores each text with the model that knows its language; used like a ``FlairScorer``.

    A text whose language cannot be named goes to the multilingual model too. It needs review, but an opt-out that the
    model finds in it counts, and the reviewer sees what the model made of it.

    Args:
        english: for texts that are surely English.
        others: for all others; it holds what is not in its languages.
    """

    def __init__(self, english: FlairScorer, others: FlairScorer) -> None:
        self.english = english
        self.others = others

    @property
    def name(self) -> str:
        """Of both models."""
        return f"{self.english.name} and {self.others.name}"

    def warm_up(self) -> None:
        """As ``FlairScorer.warm_up``, for both."""
        self.english.warm_up()
        self.others.warm_up()

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Scores texts, in their order."""
        foreign = [foreign_language(text) is not None for text in texts]
        scored = {
            is_foreign: iter(
                scorer.score([text for text, is_so in zip(texts, foreign, strict=True) if is_so is is_foreign])
            )
            for is_foreign, scorer in ((False, self.english), (True, self.others))
        }
        return [next(scored[is_foreign]) for is_foreign in foreign]
