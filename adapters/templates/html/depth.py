"""How deeply the tags of an HTML text are nested, before a parser that recurses is given it.

Parsers and serialisers of HTML recurse; some thousand open tags overflow the stack, and that ends the whole process.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

DEEPEST = 100
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# Their end tags may be left out; they nest by way of the others only, each of which brings at most four of them.
_CLOSE_THEMSELVES = frozenset({"p", "li", "dd", "dt", "tr", "td", "th", "tbody", "thead", "tfoot", "colgroup"})
# What this parser and those of mail programs end at different places, so that tags could hide in it.
_AMBIGUOUS = re.compile(r"<!---?>|<!\[CDATA\[|<!--.*?(?:-->|\Z)", re.DOTALL)


def too_deep(html: str) -> bool:
    """True when more than ``DEEPEST`` tags are open at once; one that is never closed stays open."""
    counter = _Counter()
    counter.feed(_AMBIGUOUS.sub("", html))
    counter.close()
    return counter.most > DEEPEST


class _Counter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.most = 0
        self._now = 0
        self._open: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID and tag not in _CLOSE_THEMSELVES:
            self._open[tag] += 1
            self._now += 1
            self.most = max(self.most, self._now)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # In HTML, "<b/>" opens a tag.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._open[tag]:
            self._open[tag] -= 1
            self._now -= 1
