"""The texts of the console: one catalogue, ``strings.toml``, ready for other languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

from markupsafe import Markup, escape


def strings() -> dict[str, str]:
    """Every text of the console by its key, such as ``sign_in.title``."""
    with (Path(__file__).parent / "strings.toml").open("rb") as file:
        return {f"{part}.{key}": text for part, texts in tomllib.load(file).items() for key, text in texts.items()}


class Words:
    """Texts with their values."""

    def __init__(self) -> None:
        self._strings = strings()

    def t(self, key: str, /, **values: object) -> str:
        """A text of the catalogue with its values.

        Raises:
            KeyError: the catalogue has no such text, or the text asks for a value that is not given.
        """
        text = self._strings[key]
        # An element among the values stays one, and everything beside it is escaped.
        if any(isinstance(value, Markup) for value in values.values()):
            return escape(text).format(**values)
        return text.format(**values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """A text about a number: ``key_one`` for one, ``key_many`` for any other."""
        return self.t(f"{key}_one" if number == 1 else f"{key}_many", n=f"{number:,}", **values)

    def word(self, beginning: str, value: str | None, /) -> str:
        """The text ``beginning + value``; if there is none, the value itself.

        Args:
            beginning: of the key, with its dot: ``channels.``.
            value: a name of the code or of an author; None: no text.
        """
        if value is None:
            return ""
        return self._strings.get(beginning + value) or value.replace("_", " ")

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._strings
