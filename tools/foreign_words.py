"""Writes ``sequences/reactions/foreign_words.txt``, the words that tell the other languages of the corpus apart.

``python -m tools.foreign_words`` after the corpora changed: one line a language, its code and its words. A word tells
a language if at least two replies of the training part use it, nine tenths of them in that language, and English does
not know it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from adapters.sentiment.training.corpus import OTHER_LANGUAGES, LabelledReply, read_replies
from sequences.reactions.english import WORD, english_words
from sequences.reactions.language import folded

WRITTEN: Final = Path(__file__).parents[1] / "sequences/reactions/foreign_words.txt"
_SHORTEST: Final = 3
_FEWEST: Final = 2
_SHARE: Final = 0.9
_PLAIN: Final = re.compile(r"[a-z']+")


def telling_words(replies: Iterable[LabelledReply]) -> dict[str, list[str]]:
    """The words of each language, in order.

    Args:
        replies: in several languages.
    """
    used: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reply in replies:
        for word in set(WORD.findall(folded(reply.text.lower().replace("\u2019", "'")))):
            used[word][reply.language] += 1
    english = english_words()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(used):
        ((code, count),) = used[word].most_common(1)
        known = len(word) < _SHORTEST or word in english or not _PLAIN.fullmatch(word)
        if not known and count >= _FEWEST and count >= _SHARE * used[word].total():
            found[code].append(word)
    return dict(sorted(found.items()))


def main() -> None:
    """Write the file from the corpus that ships."""
    words = telling_words(reply for reply in read_replies(OTHER_LANGUAGES) if reply.split != "test")
    WRITTEN.write_text("".join(f"{code} {' '.join(own)}\n" for code, own in words.items()), encoding="utf-8")


if __name__ == "__main__":
    main()
