"""Takes away the lines that we ourselves sent: we know exactly what we wrote, whatever marks a mail program used."""

from __future__ import annotations

import re

_MIN_LETTERS = 8
_MIN_INSIDE = 20
_MAX_PARENT = 200_000


_LINK = re.compile(r"[<(\[]?\bhttps?://[^\s<>()\[\]]{1,2000}[>)\]]?", re.I)


def _words(text: str) -> str:
    plain = _LINK.sub(" ", text.casefold())
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def _letters(line: str) -> str:
    return "".join(char for char in line.casefold() if char.isalnum())


class OwnMailWords:
    """Knows the words of what we sent."""

    def __init__(self, parent_text: str) -> None:
        parent = parent_text[:_MAX_PARENT]
        self._whole = {folded for line in parent.split("\n") if len(folded := _letters(line)) >= _MIN_LETTERS}
        self._joined = _letters(parent)
        self._words = f" {_words(parent)} "

    def hold(self, folded: str) -> bool:
        """True for a line that stands there, whole or as part of one that was wrapped differently."""
        return folded in self._whole or (len(folded) >= _MIN_INSIDE and folded in self._joined)

    def hold_words(self, line: str) -> bool:
        """True for words that stand there in this order, without regard to links, which a mail program writes out."""
        said = _words(line)
        return bool(said) and f" {said} " in self._words


def without_own_lines(lines: list[str], parent_text: str) -> list[str]:
    """Drops lines that stand in ``parent_text``, whole or as part of a line that was wrapped differently.

    Only below the first line that is the author's: somebody who answers by repeating a line of ours means it.
    Short lines ("Thanks") are never taken for ours.
    """
    ours = OwnMailWords(parent_text)
    out: list[str] = []
    written = False
    for line in lines:
        folded = _letters(line[:2_000])
        if written and ours.hold(folded):
            continue
        written = written or (bool(folded) and not ours.hold(folded))
        out.append(line)
    return out


def without_any_own_line(lines: list[str], parent_text: str) -> list[str]:
    """Drops every line that stands in ``parent_text``, also the first: for what may be nothing but a quote."""
    ours = OwnMailWords(parent_text)
    return [line for line in lines if not ours.hold(_letters(line[:2_000]))]
