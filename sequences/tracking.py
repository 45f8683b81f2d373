"""Links in the HTML of one e-mail, replaced by links that tell us of a click.

The tracked link holds no destination: the targets are kept, by index, with the frozen send, so that nobody can make
our host redirect to a place of their choice.
"""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Callable, Collection
from html.parser import HTMLParser
from urllib.parse import urlsplit

_LINK_TAGS = frozenset({"a", "area"})
# One attribute after the other, quoted values as a whole: an "href=" inside a title is not a link.
_ATTRIBUTE = re.compile(r"""([^\s/>="']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")
_TAG_NAME = re.compile(r"<[a-zA-Z]+")


def rewrite_links(html: str, make_url: Callable[[int], str], skip: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Replaces the http and https links of ``html``; everything else stays as it is, character for character.

    Mail, telephone and relative links, anchors and links in comments are left alone. The same target twice gets two
    indexes, so that one can tell which link was followed.

    Args:
        html: the HTML part as rendered.
        make_url: gives the tracked link for an index (0, 1, ...).
        skip: targets never to be tracked, as they read unescaped; the unsubscribe link belongs here.

    Returns:
        The new HTML, and the targets by index.
    """
    finder = _LinkFinder(html)
    pieces: list[str] = []
    targets: list[str] = []
    done = 0
    for start, end, target in finder.links:
        if target in skip or not _is_web(target):
            continue
        pieces += [html[done:start], '"', html_text.escape(make_url(len(targets))), '"']
        targets.append(target)
        done = end
    return "".join([*pieces, html[done:]]), tuple(targets)


def _is_web(target: str) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


class _LinkFinder(HTMLParser):
    """Collects ``(start, end, target)`` of every href value, quotes included, in the order of the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.links: list[tuple[int, int, str]] = []
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text()
        if tag not in _LINK_TAGS or raw is None:
            return
        line, column = self.getpos()
        offset = self._line_starts[line - 1] + column
        name = _TAG_NAME.match(raw)
        for found in _ATTRIBUTE.finditer(raw, name.end() if name else 0):
            if found.group(1).lower() == "href" and found.group(2) is not None:
                value = found.group(2)
                bare = value[1:-1] if value[0] in "\"'" else value
                self.links.append((offset + found.start(2), offset + found.end(2), html_text.unescape(bare).strip()))
                return
