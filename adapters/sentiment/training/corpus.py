"""The replies that models are trained and judged on: JSON lines with text, label, intent, channel, split, language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sequences.errors import ModelError
from sequences.reactions.sentiment import Intent, Label

DATA: Final = Path(__file__).parents[1] / "data"
CORPUS: Final = DATA / "corpus.jsonl"
OTHER_LANGUAGES: Final = DATA / "other_languages.jsonl"
"""The corpora that ship: in English, and in the other languages."""


class LabelledReply(BaseModel):
    """One reply and what it means.

    Attributes:
        text: what the person wrote.
        label: the writer's attitude to further contact.
        intent: None only in a file to be evaluated whose author did not say.
        channel: how it came.
        split: ``test`` is never trained on.
        language: ISO 639-1 code.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    label: Label
    intent: Intent | None = None
    channel: Literal["email", "sms"] = "email"
    split: Literal["train", "test"] = "test"
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")

    @property
    def joint(self) -> str:
        """The class that the classifier learns: ``label/intent``."""
        return f"{self.label}/{self.intent or Intent.OTHER}"


def read_replies(path: Path) -> list[LabelledReply]:
    """Read a corpus.

    Raises:
        ModelError: the file is missing or empty, or a line is not a reply; names the line, never quotes it.
    """
    try:
        # Not splitlines: JSON may hold the line separators of Unicode as they are.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ModelError(f"Cannot read {path.name}: {why}.") from error
    replies = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            replies.append(LabelledReply.model_validate(json.loads(line)))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "the line"
            raise ModelError(f"{path.name}, line {number}: {field}: {first['msg']}.") from None
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{path.name}, line {number}: not a JSON object.") from error
    if not replies:
        raise ModelError(f"{path.name} holds no replies.")
    return replies
