"""The organisation's footer of a mail: who writes, and how to get no more of it; as text and as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
_STYLE = "color: #57606a; font-size: 0.85em"


@dataclass(frozen=True)
class Footer:
    """A footer, ready to be put under a mail."""

    text: str
    html: str

    def above(self, other: Footer) -> Footer:
        """This one with another below it."""
        return Footer(f"{self.text}\n\n{other.text}", f"{self.html}\n{other.html}")

    def under_text(self, text: str) -> str:
        """A text body with the footer below it."""
        return f"{text.rstrip()}\n\n{self.text}\n"

    def under_html(self, html: str) -> str:
        """HTML with the footer at its end, inside the body if it has one."""
        *_, end = [None, *_END_OF_BODY.finditer(html)]
        at = end.start() if end is not None else len(html)
        return f"{html[:at]}{self.html}\n{html[at:]}"


@dataclass(frozen=True)
class FooterLink:
    """A link of a footer, in words."""

    words: str
    url: str


def footer(lines: tuple[str, ...], links: tuple[FooterLink, ...]) -> Footer:
    """A footer of plain lines with links below them; every line is escaped in HTML."""
    text = "\n".join([*lines, *(f"{link.words}: {link.url}" for link in links)])
    shown = " · ".join(f'<a href="{escape(link.url)}">{escape(link.words)}</a>' for link in links)
    html = "<br>\n".join([*map(escape, lines), shown])
    return Footer(text, f'<p style="{_STYLE}">{html}</p>')
