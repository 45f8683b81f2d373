"""The rendered words of a template that has no subject, with what stands above them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self


class HeadedWords(str):
    """Words that also know what their channel asks for, such as the id of an approved template.

    Attributes:
        head: the rendered values, by key.
    """

    __slots__ = ("head",)
    head: Mapping[str, str]

    @classmethod
    def of(cls, words: str, head: Mapping[str, str]) -> Self:
        """The words with their head."""
        made = cls(words)
        made.head = MappingProxyType(dict(head))
        return made
