"""Links in the HTML of one e-mail, replaced by links that tell us of a click.

The tracked link holds no destination: the targets are kept, by index, with the frozen send, so that nobody can make
our host redirect to a place of their choice.
"""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Callable, Collection
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

from sequences.email_address import ascii_host

_LINK_TAGS = frozenset({"a", "area"})
# One attribute after the other, quoted values as a whole: an "href=" inside a title is not a link.
_ATTRIBUTE = re.compile(r"""([^\s/>="']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")
_TAG_NAME = re.compile(r"<[a-zA-Z]+")
# Browsers drop these from an address before they read it; a header cannot hold them.
_DROPPED = re.compile(r"[\x00-\x1f\x7f]")
_AS_IT_IS = ":/?#[]@!$&'()*+,;=%-._~"
_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
_HONEYPOT = '<a href="{url}" style="display:none;mso-hide:all" aria-hidden="true" tabindex="-1" rel="nofollow"></a>'
HONEYPOT = None
"""The target of the link that no person can see: it leads nowhere."""


PIXEL = "open:"
"""The target of the picture that tells of an open: it leads nowhere, and is no web address."""
_PIXEL = '<img src="{url}" width="1" height="1" alt="" style="border:0">'

_LONGEST_SHOWN = 80


def shorten(target: str) -> str:
    """A link as people are told of it: without what follows the path, which may say who was meant, and not too long."""
    if target == PIXEL:
        return "picture that counts opens"
    shown = re.split(r"[?#]", _DROPPED.sub("", target), maxsplit=1)[0]
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 3]}..."


def rewrite_links(
    html: str, make_url: Callable[[int], str], skip: Collection[str], *, honeypot: bool = False
) -> tuple[str, tuple[str | None, ...]]:
    """Replaces the http and https links of ``html``; everything else stays as it is, character for character.

    Mail, telephone and relative links, anchors and links in comments are left alone. The same target twice gets two
    indexes, so that one can tell which link was followed.


    Args:
        html: the HTML part as rendered.
        make_url: gives the tracked link for an index (0, 1, ...).
        skip: targets never to be tracked, as they read unescaped; the unsubscribe link belongs here.
        honeypot: HTML in which a link is tracked gets one more, at its end, that only machines follow: it has no words,
            is not shown, not read out and not reached by the keyboard. Its address looks like the others'.

    Returns:
        The new HTML, and the targets by index, as a ``Location`` header takes them; ``HONEYPOT`` for that one.
    """
    finder = _LinkFinder(html)
    pieces: list[str] = []
    targets: list[str | None] = []
    done = 0
    for start, end, target in finder.links:
        if target in skip or not _is_web(target):
            continue
        pieces += [html[done:start], '"', html_text.escape(make_url(len(targets))), '"']
        targets.append(as_location(target))
        done = end
    rewritten = "".join([*pieces, html[done:]])
    if honeypot and targets:
        rewritten = _at_the_end(rewritten, _HONEYPOT.format(url=html_text.escape(make_url(len(targets)))))
        targets.append(HONEYPOT)
    return rewritten, tuple(targets)


def add_pixel(html: str, url: str) -> str:
    """``html`` with a picture of one pixel at its end; it has no words, so nobody hears of it.

    Args:
        html: the HTML part.
        url: of the picture.
    """
    return _at_the_end(html, _PIXEL.format(url=html_text.escape(url)))


def as_location(target: str) -> str:
    """A web address in the characters of RFC 3986, as browsers would ask for it: ``Location`` takes no others.

    What is percent-encoded already stays so; doing it twice changes nothing.
    """
    target = _DROPPED.sub("", target).strip()
    authority = urlsplit(target).netloc
    if not authority.isascii():
        user, at, place = authority.rpartition("@")
        host, colon, port = place.partition(":")
        # What is no domain stays, percent-encoded; what asks for it will say so.
        plain = ascii_host(host)
        if plain is not None:
            target = target.replace(authority, f"{user}{at}{plain}{colon}{port}", 1)
    return quote(target, safe=_AS_IT_IS)


def _at_the_end(html: str, addition: str) -> str:
    """Before the last ``</body>``, or at the very end when there is none."""
    ends = list(_END_OF_BODY.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + addition + html[at:]


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
