"""A whole HTML document taken apart: nh3 cleans fragments only, so head and body tag are built again by hand."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from adapters.templates.html import rules


def take_apart(html: str) -> _Document:
    """Head lines, language, attributes of the body tag, and the body, of what css-inline wrote."""
    return _Document(html)


class _Document(HTMLParser):
    """The parts of a document that css-inline wrote, which is well-formed whatever the author wrote."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.head: list[str] = []
        self.language = ""
        self.body_attributes = ""
        self._body_at: int | None = None
        self._open: str | None = None
        self._text: list[str] = []
        self._line_starts = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()
        start = self._body_at if self._body_at is not None else 0
        self.body = html[start:].rpartition("</body>")[0] or html[start:]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._body_at is not None:
            return
        values = {name: value or "" for name, value in attrs}
        if tag == "body":
            line, column = self.getpos()
            self._body_at = self._line_starts[line - 1] + column + len(self.get_starttag_text() or "")
            self.body_attributes = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
        elif tag == "html" and re.fullmatch(r"[A-Za-z0-9-]{2,20}", values.get("lang", "")):
            self.language = f' lang="{values["lang"]}"'
        elif tag == "meta" and values.get("name", "").lower() in rules.META_NAMES:
            name, content = escape(values["name"]), escape(values.get("content", ""))
            self.head.append(f'<meta name="{name}" content="{content}">')
        elif tag in {"style", "title"}:
            self._open, self._text = tag, []

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._body_at is not None or tag != self._open:
            return
        text = "".join(self._text)
        if tag == "title":
            self.head.append(f"<title>{escape(text)}</title>")
        elif not rules.css_problem(text):
            self.head.append(f"<style>{text}</style>")
        self._open = None

    def handle_comment(self, data: str) -> None:
        if self._body_at is None and data.startswith("[if"):
            self.head.append(f"<!--{data}-->")
