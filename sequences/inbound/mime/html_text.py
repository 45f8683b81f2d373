"""HTML of mail to lines of text, with quotes marked as in plain text (``> ``). Linear in the input.

A tokenizer of our own: no tree is built, so neither depth nor unclosed tags cost anything. It knows the containers in
which the big mail programs put what they quote or sign with, and says so with private marks. What a reader would not
see is left out.
"""

from __future__ import annotations

import html
import re

from sequences.inbound.mime.charset import UNWANTED

MARK_ATTRIBUTION = "\ue001"
"""Stands alone on the line before an attribution that the HTML names as such."""
MARK_CUT = "\ue002"
"""Stands alone on a line below which everything is the mail that is answered."""

MARK_SIGNATURE = "\ue004"
"""Stands alone on the line before a signature that the mail program has put in a container of its own."""
MARK_SIGNATURE_END = "\ue005"
"""Stands alone on the line after such a signature."""

_MARKS = frozenset((MARK_ATTRIBUTION, MARK_CUT, MARK_SIGNATURE, MARK_SIGNATURE_END))
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
# Said of the whole element; what is merely tiny or white may be so by mistake.
_UNSEEN_STYLE = re.compile(
    r"\bdisplay\s?:\s?none|\bvisibility\s?:\s?hidden|\bmso-hide\s?:\s?all|\bopacity\s?:\s?0(?:\.0+)?\s?(?:;|!|$)|"
    r"\bmax-height\s?:\s?0(?:px)?\s?(?:;|!|$)(?=.{0,300}overflow\s?:\s?hidden)|"
    r"overflow\s?:\s?hidden.{0,300}\bmax-height\s?:\s?0(?:px)?\s?(?:;|!|$)",
    re.I,
)
_NO_SIZE = re.compile(r"\bfont-size\s?:\s?0(?:\.0+)?(?:px|pt|em|rem|%)?\s?(?:;|!|$)", re.I)
_MAY_HIDE = re.compile(r"hidden|display|mso-hide|opacity|max-height|font-size\s?:\s?0", re.I)
_UNSEEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=\s|/|$|=[\"']?(?:hidden)?[\"']?(?:\s|$))", re.I)
_VOID = frozenset(
    ("br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr")
)
_MOST_UNSEEN = 200
_SIGNATURE_TAGS = frozenset(("div", "span", "pre", "table", "p", "td"))
_SIGNATURE_NAMES = re.compile(
    r"gmail_signature|(?:x_)?signature|ms-outlook-mobile-signature|(?:apple|ios)mailsignature|moz-signature|"
    r"protonmail_signature_block(?:-user|-proton)?|tutanota_signature|zmail_signature(?:_below)?|messagesignaturesection|"
    r"bloop_sign\w{0,40}|ydp\w{1,12}signature|yahoo-signature|mail-signature|hw_signature|email-signature|"
    r"mb-signature|edo-signature|mailsignature|spark-signature|canary-signature|em_signature|yiv\w{1,20}signature",
    re.I,
)


class _Writer:
    """Collects text into lines; knows how deep in quotes it is."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self.quotes = 0
        self.signature = ""
        """The tag of the signature's container, while it is open."""
        self.depth = 0
        self.formatted = 0
        """How many elements are open in which a line is a line (``pre``)."""

    def put(self, text: str) -> None:
        if self.formatted and "\n" in text:
            *whole, text = text.split("\n")
            for line in whole:
                self._line.append(line)
                self.line_break()
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
    if (
        "ign" in attributes
        and name in _SIGNATURE_TAGS
        and any(
            _SIGNATURE_NAMES.fullmatch(word)
            for word in (*classes.split(), found.get("id", ""), found.get("name", ""))
            if word
        )
    ):
        return MARK_SIGNATURE
    if name in ("div", "blockquote", "table") and (
        (classes and _CUT_CLASSES.search(classes)) or _OUTLOOK_RULE.search(found.get("style", ""))
    ):
        return MARK_CUT
    return ""


def html_to_text(source: str) -> str:
    """Returns the text of ``source`` as lines; quotes begin with ``> ``; the two private marks stand alone on lines."""
    source = source[:_MAX_HTML]
    out = _Writer()
    at, hidden, unseen = 0, "", 0
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
        elif not closing and unseen < _MOST_UNSEEN and (how := _is_unseen(name, match.group(3))):
            end = _end_of(source, name, at)
            # Whoever never closes what is hidden gets it read, and is not looked after again and again.
            unseen += 1 if end > at else _MOST_UNSEEN // 4
            # Tables are laid out without a size; what is inside has one of its own.
            at = at if how == "size" and "font-size" in source[at:end].lower() else end
        else:
            _tag(out, name, match.group(3), closing=closing)
    out.end_line()
    return "\n".join(out.lines).strip("\n")


def _is_unseen(name: str, attributes: str) -> str:
    """How an element is hidden: ``hidden`` with all that it holds, ``size`` if what it holds has none; or empty."""
    if len(attributes) < 7 or name in _VOID or name in ("html", "body") or _MAY_HIDE.search(attributes) is None:
        return ""
    style = next((a or b or c for key, a, b, c in _ATTRIBUTE.findall(attributes) if key.lower() == "style"), "")
    if _UNSEEN_ATTRIBUTE.search(attributes) or _UNSEEN_STYLE.search(style):
        return "hidden"
    return "size" if _NO_SIZE.search(style) else ""


def _end_of(source: str, name: str, at: int) -> int:
    """Behind the tag that closes the element whose text begins at ``at``; ``at`` itself when nothing closes it."""
    depth = 1
    for tag in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]{{0,3000}}>", re.I).finditer(source, at):
        depth += -1 if tag[1] else 0 if tag[0].endswith("/>") else 1
        if not depth:
            return tag.end()
    return at


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    # A reference to a character of ours would pass for a mark, and a soft hyphen would part a word.
    return html.unescape(_LONG_NUMBER.sub(_shortened, text) if "&#" in text else text).translate(UNWANTED)


def _shortened(reference: re.Match[str]) -> str:
    """Of a character reference with very many digits: ``html.unescape`` hands them to ``int``, which raises."""
    number = reference[1]
    base = "x" if number[0] in "xX" else ""
    digits = number[len(base) :].lstrip("0")
    # No character has a number of eight digits.
    return f"&#{base}{digits or 0}" if len(digits) < 8 else "\ufffd"


def without_marks(text: str) -> str:
    """The text as a person may read it."""
    return "\n".join(line for line in text.split("\n") if line not in _MARKS)


def without_signatures(text: str) -> tuple[str, str]:
    """``text`` without what stands in the containers of signatures, and that; all as it is where nothing would be left.

    Some people write above their name in the very container that their program has made for it.
    """
    if MARK_SIGNATURE not in text:
        return text, ""
    own: list[str] = []
    signed: list[str] = []
    inside = False
    for line in text.split("\n"):
        inside = line == MARK_SIGNATURE or (inside and line != MARK_SIGNATURE_END)
        if line not in (MARK_SIGNATURE, MARK_SIGNATURE_END):
            (signed if inside else own).append(line)
    before = own[: next((at for at, line in enumerate(own) if line in _MARKS or line.startswith(">")), len(own))]
    if any(line.strip() for line in before):
        return "\n".join(own), "\n".join(signed)
    return "\n".join(line for line in text.split("\n") if line not in (MARK_SIGNATURE, MARK_SIGNATURE_END)), ""


def _tag(out: _Writer, name: str, attributes: str, *, closing: bool) -> None:
    if name == "br":
        out.line_break()
        return
    if not closing and len(attributes) > 3 and (mark := _marks(name, attributes)):
        if mark != MARK_SIGNATURE:
            out.mark(mark)
        elif not out.signature and not out.quotes and name not in _VOID:
            out.mark(mark)
            out.signature, out.depth = name, 0
    if name == out.signature:
        out.depth += -1 if closing else 1
        if out.depth <= 0:
            out.mark(MARK_SIGNATURE_END)
            out.signature = ""
    if name == "pre":
        out.formatted = max(0, out.formatted + (-1 if closing else 1))
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
