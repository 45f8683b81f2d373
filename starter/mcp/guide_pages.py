"""The pages that an assistant reads before it drafts: those of the documentation, and the schema of a sequence file."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from sequences.definition.schema import schema_text

SCHEMA: Final = "schema"
PAGES: Final[dict[str, str]] = {
    "writing-sequences": "How a sequence is written: steps, times, stop rules, reactions, rules.",
    "templates": "How the e-mails and text messages of a sequence are written.",
    SCHEMA: "JSON Schema of sequence.yaml.",
}
"""What each page is about."""


def page(name: str) -> str:
    """A page.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in PAGES:
        raise KeyError(name)
    if name == SCHEMA:
        return schema_text()
    return (files("starter.manual") / f"{name}.md").read_text("utf-8")
