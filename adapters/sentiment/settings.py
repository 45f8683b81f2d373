"""Which model judges replies: the settings ``RELANCE_SENTIMENT_*``, which need no database and no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.sentiment.encoder.precision import Precision

if TYPE_CHECKING:
    from sequences.reactions.sentiment import Label

FLAIR: Final = "flair:"
"""Before the path or name of a Flair model that Relance did not train."""


class SentimentSettings(BaseSettings):
    """The part of the settings that the sentiment worker and ``relance sentiment`` read."""

    model_config = SettingsConfigDict(env_prefix="RELANCE_", extra="ignore")

    sentiment_model: str = Field(
        default="",
        description="main, fast, multilingual, a folder of relance sentiment train, or flair:PATH_OR_NAME. "
        "Empty: main if installed.",
    )
    sentiment_encoder: str = Field(
        default="", description="Folder or hub name of the encoder of a custom model, if it differs from its card."
    )
    sentiment_labels: str = Field(
        default="", description="Maps the labels of a Flair model: POSITIVE=positive,NEGATIVE=negative."
    )
    sentiment_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Confidence below which a reply needs review; none: the value of the model.",
    )
    sentiment_languages: str = Field(
        default="",
        description="ISO codes of the languages that the model knows, comma-separated; other replies need review. "
        "Empty: those of the model.",
    )
    sentiment_multilingual: bool = Field(
        default=True,
        description="Judge replies that are not surely English with the multilingual model, if its encoder is "
        "installed and RELANCE_SENTIMENT_LANGUAGES is empty. Off: they all need review.",
    )
    sentiment_hub: bool = Field(
        default=False, description="Download an encoder or a Flair model from a model hub if it is not on this machine."
    )

    sentiment_precision: Precision = Field(
        default=Precision.AUTO, description="auto (bfloat16 if the processor has it), float32 or bfloat16."
    )

    @field_validator("sentiment_labels")
    @classmethod
    def _readable_labels(cls, value: str) -> str:
        _labels(value)
        return value

    @field_validator("sentiment_threshold", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        # A compose file can hand on only text, also for what nobody set.
        return None if value == "" else value

    @field_validator("sentiment_languages")
    @classmethod
    def _readable_languages(cls, value: str) -> str:
        strange = [code for code in _codes(value) if code != "other" and not (len(code) == 2 and code.isalpha())]
        if strange:
            raise ValueError("ISO 639-1 codes of two letters, comma-separated, such as en,de (other: other scripts)")
        return value

    def label_map(self) -> dict[str, Label]:
        """A Flair model's labels and what they mean."""
        return _labels(self.sentiment_labels)

    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes; empty when nothing is set."""
        return frozenset(_codes(self.sentiment_languages))


def _codes(value: str) -> list[str]:
    return [code.strip().lower() for code in value.split(",") if code.strip()]


def _labels(value: str) -> dict[str, Label]:
    from sequences.reactions.sentiment import Label  # noqa: PLC0415 - with all its tables of words, to who names labels

    found = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        theirs, _, ours = (part.strip() for part in pair.rpartition("="))
        if not theirs or ours not in set(Label):
            raise ValueError("write it as POSITIVE=positive,NEGATIVE=negative; ours are positive, negative and neutral")
        found[theirs] = Label(ours)
    return found
