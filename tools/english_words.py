"""Writes ``sequences/reactions/english_words.txt``, the words by which English is recognised.

``python -m tools.english_words`` after the corpus changed. The words are those of the training part of the corpus: what
the shipped model has never seen written shows no English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from adapters.sentiment.training.corpus import CORPUS, read_replies

WRITTEN: Final = Path(__file__).parents[1] / "sequences/reactions/english_words.txt"
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of texts, in lower case and with plain apostrophes."""
    return {word for text in texts for word in _WORD.findall(text.lower().replace("\u2019", "'"))}


def main() -> None:
    """Write the file from the corpus that ships."""
    words = words_of(reply.text for reply in read_replies(CORPUS) if reply.split != "test")
    WRITTEN.write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
