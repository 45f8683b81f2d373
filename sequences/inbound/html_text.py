"""HTML of mail to lines of text, with quotes marked as in plain text (``> ``). Linear in the input.

A tokenizer of our own: no tree is built, so neither depth nor unclosed tags cost anything. It knows the containers in
which the big mail programs put what they quote, and says so to ``reply_text`` with two private marks.
"""

from __future__ import annotations

import html
import re

MARK_ATTRIBUTION = "\ue001"
"""Stands alone on the line before an attribution that the HTML names as such."""
MARK_CUT = "\ue002"
"""Stands alone on a line below which everything is the mail that is answered."""

_MAX_HTML = 800_000
# Possessive and bounded: an unclosed quote costs a constant, not the rest of the input.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30}+)((?:[^<>\"']|\"[^\"<>]{0,3000}+\"|'[^'<>]{0,3000}+'|[\"'])*+)>")
_ATTRIBUTE = re.compile(r"\b(id|class|type|style|name)\s?=\s?(?:\"([^\"]{0,400})|'([^']{0,400})|([^\s>]{1,200}))", re.I)
_SPACE = re.compile(r"[ \t\n]+")
_LONG_NUMBER = re.compile(r"&#([xX][0-9a-fA-F]{8,}+|[0-9]{8,}+)")
_HIDDEN = frozenset({"style", "script", "head", "title", "template", "noscript", "svg", "select", "object"})
_BREAKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "div",
        "dl",
        "dt",
        "dd",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"])
_ATTRIBUTION = re.compile(r"\b(gmail_attr|moz-cite-prefix|moz-email-headers-table)\b", re.I)
_CUT_IDS = frozenset(
    [
        "divrplyfwdmsg",
        "appendonsend",
        "olk_src_body_section",
        "mail-editor-reference-message-container",
        "reply-intro",
        "ms-outlook-mobile-reference-message",
        "zmail_quote",
    ]
)
_CUT_CLASSES = re.compile(
    r"\b(yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|ms-outlook-mobile-reference-message|hw_quote|"
    r"outlookmessageheader|qt|wordsection1-quoted|gmx-quote)\b",
    re.I,
)
# The line that Outlook draws above the header of the mail it answers; only when it starts a block.
_OUTLOOK_RULE = re.compile(r"border:\s?none;\s?border-top:\s?solid\s#(?:b5c4df|e1e1e1)", re.I)


class _Writer:
    """Collects text into lines; knows how deep in quotes it is."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self.quotes = 0

    def put(self, text: str) -> None:
        self._line.append(text)

    def end_line(self, *, blank: bool = False) -> None:
        line = _SPACE.sub(" ", "".join(self._line)).strip()
        self._line = []
        if line:
            self.lines.append("> " * min(self.quotes, 20) + line)
        elif blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(self.quotes, 20))

    def line_break(self) -> None:
        if any(piece.strip() for piece in self._line):
            self.end_line()
        else:
            self.end_line(blank=True)

    def mark(self, mark: str) -> None:
        self.end_line()
        if not self.quotes:
            self.lines.append(mark)


def _marks(name: str, attributes: str) -> str:
    """The private mark that this opening tag calls for, or nothing."""
    found = {key.lower(): (a or b or c) for key, a, b, c in _ATTRIBUTE.findall(attributes)}
    classes = found.get("class", "")
    if _ATTRIBUTION.search(classes):
        return MARK_ATTRIBUTION
    if found.get("id", "").lower().removeprefix("x_") in _CUT_IDS or found.get("name", "").lower() in _CUT_IDS:
        return MARK_CUT
    if name in ("div", "blockquote", "table") and (
        (classes and _CUT_CLASSES.search(classes)) or _OUTLOOK_RULE.search(found.get("style", ""))
    ):
        return MARK_CUT
    return ""


def html_to_text(source: str) -> str:
    """Returns the text of ``source`` as lines; quotes begin with ``> ``; the two private marks stand alone on lines."""
    source = source[:_MAX_HTML]
    out = _Writer()
    at, hidden = 0, ""
    while at < len(source):
        open_at = source.find("<", at)
        open_at = len(source) if open_at < 0 else open_at
        if open_at > at and not hidden:
            out.put(_unescaped(source[at:open_at]).replace("\xa0", " "))
        if open_at == len(source):
            break
        if source.startswith("<!--", open_at):
            end = source.find("-->", open_at + 4)
            at = len(source) if end < 0 else end + 3
            continue
        match = _TAG.match(source, open_at)
        if match is None:
            end = source.find(">", open_at, open_at + 3000) if source[open_at + 1 : open_at + 2] in "!?/" else -1
            if end < 0 and not hidden:
                out.put("<")
            at = open_at + 1 if end < 0 else end + 1
            continue
        at = match.end()
        closing, name = bool(match.group(1)), match.group(2).lower()
        if hidden:
            hidden = "" if closing and name == hidden else hidden
        elif name in _HIDDEN:
            hidden = "" if closing or match.group(3).endswith("/") else name
        else:
            _tag(out, name, match.group(3), closing=closing)
    out.end_line()
    return "\n".join(out.lines).strip("\n")


def _unescaped(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub(_shortened, text) if "&#" in text else text)


def _shortened(reference: re.Match[str]) -> str:
    """Of a character reference with very many digits: ``html.unescape`` hands them to ``int``, which raises."""
    number = reference[1]
    base = "x" if number[0] in "xX" else ""
    digits = number[len(base) :].lstrip("0")
    # No character has a number of eight digits.
    return f"&#{base}{digits or 0}" if len(digits) < 8 else "\ufffd"


def without_marks(text: str) -> str:
    """The text as a person may read it."""
    return "\n".join(line for line in text.split("\n") if line not in (MARK_ATTRIBUTION, MARK_CUT))


def _tag(out: _Writer, name: str, attributes: str, *, closing: bool) -> None:
    if name == "br":
        out.line_break()
        return
    if not closing and len(attributes) > 3 and (mark := _marks(name, attributes)):
        out.mark(mark)
    if name == "blockquote":
        out.end_line(blank=True)
        out.quotes = max(0, out.quotes - 1) if closing else out.quotes + 1
    elif name in _BREAKS:
        out.end_line(blank=name in _PARAGRAPHS)
        if name == "li" and not closing:
            out.put("- ")
        if name == "hr":
            out.put("-" * 20)
            out.end_line()
    elif name in ("td", "th") and closing:
        out.put(" ")
