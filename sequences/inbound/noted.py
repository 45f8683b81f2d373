"""What the reader of a mail found that whoever reads it should know. Fixed words, nothing of the mail's content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NOTED: Final = frozenset(
    {
        *("unreadable", "cut", "signed_by_no_key", "no_own_words", "forward", "encrypted", "attachment"),
        *("calendar_answer", "calendar_invitation"),
    }
)
"""Of the reasons of a reading those that say something about the words that are shown, or about what is not shown."""


def noted(detail: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of a message or a reaction, in the order in which they were found.

    Args:
        detail: as it is stored; ``reasons`` are those of the reading.

    >>> noted({"reasons": ["human", "forward", "cut"]})
    ('forward', 'cut')
    """
    return tuple(each for each in detail.get("reasons", ()) if each in NOTED)
