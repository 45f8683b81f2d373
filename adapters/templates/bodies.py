"""Text from HTML and HTML from text, for the one that the recruiter did not write."""

from __future__ import annotations

import re
from html import escape

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_TAIL = ".,;:!?'*_"
_PAGE = (
    '<!doctype html>\n<html>\n<head><meta charset="utf-8"></head>\n'
    '<body style="font-family: sans-serif; line-height: 1.5; overflow-wrap: anywhere">\n{}\n</body>\n</html>\n'
)


def html_from_text(text: str) -> str:
    """Writes plain text as HTML: everything escaped, paragraphs and line breaks kept, links clickable."""
    paragraphs = (one for one in _PARAGRAPH.split(text.strip()) if one.strip())
    return _PAGE.format("\n".join(f"<p>{_lines(one)}</p>" for one in paragraphs))


def text_from_html(html: str) -> str:
    """Writes HTML as plain text, links with their targets."""
    from inscriptis import get_text  # noqa: PLC0415 - with lxml: for a mail that goes, never to check a file
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415

    text = get_text(html, ParserConfig(display_links=True, display_anchors=False))
    lines = (line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _lines(paragraph: str) -> str:
    return "<br>\n".join(_linked(line.rstrip()) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    pieces = []
    done = 0
    for found in _LINK.finditer(line):
        target = found.group().rstrip(_TAIL)
        # "(see https://example.com/a)": a closing bracket belongs to the link only when it was opened in it.
        while target.endswith(")") and target.count(")") > target.count("("):
            target = target[:-1].rstrip(_TAIL)
        shown = escape(target)
        pieces += [escape(line[done : found.start()]), f'<a href="{shown}">{shown}</a>']
        done = found.start() + len(target)
    return "".join([*pieces, escape(line[done:])])
