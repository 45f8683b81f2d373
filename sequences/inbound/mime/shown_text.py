"""Which parts of a mail are its text, and in which order: what a reader sees when the mail is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sequences.inbound.mime.alternatives import is_placeholder, letters
from sequences.inbound.mime.body import Mail, MimePart
from sequences.inbound.mime.html_text import html_to_text, without_marks
from sequences.inbound.mime.text_forms import from_enriched

_MAX_HTML_PARTS = 20
MOST_TEXT = 1_000_000
"""Characters that are read of all text parts together, and that either form of the text has at the most."""
_PLAIN = ("text/plain", "text/enriched", "text/markdown", "text/x-amp-plain", "text/x-markdown", "text")
_NO_WORDS = (
    "text/calendar",
    "text/csv",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "text/rtf",
    "text/rfc822-headers",
)
# Names under which mail programs show the text of a mail itself; a table or a calendar is a file, whatever its type.
_TEXT_NAME = re.compile(r"(?:[^.]{0,100}|.{0,100}\.(?:txt|text|html?|md|asc|eml))", re.I)
_IS_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype\s+html|<html\b|<head\b|<body\b|"
    r"<(?:div|p|span|table|font|meta|style)\b[^<>]{0,500}>(?=[^\0]{0,20000}</(?:div|p|span|table|font|style)>))",
    re.I,
)
_FILE = re.compile(r"^begin [0-7]{3,4} [^\n]{1,200}\n(?:[ -`]{1,62}[ \t]*\n){0,200000}?end[ \t]*$", re.M)
_HAS_TAGS = re.compile(r"<[/!?]?[a-zA-Z]")


@dataclass(frozen=True, slots=True)
class ShownTexts:
    """What a reader sees of a mail.

    Attributes:
        plain: the plain text, or empty.
        marked: the marked text of the HTML, or empty.
        is_cut: the mail has more text than ``MOST_TEXT``, or more parts with HTML than are read.
    """

    plain: str
    marked: str
    is_cut: bool


@dataclass
class _Unit:
    """One stretch of the text: in plain, in HTML, or in both forms (multipart/alternative), by branch."""

    plain: dict[int, list[str]] = field(default_factory=dict)
    html: dict[int, list[str]] = field(default_factory=dict)

    def settle(self) -> tuple[str, str]:
        """The last form of each kind that says something (RFC 2046 section 5.1.4: the richest comes last)."""
        plain = next((text for _, text in _last_first(self.plain) if text.strip()), "")
        marked = next((text for _, text in _last_first(self.html) if text.strip()), "")
        return ("" if marked and is_placeholder(plain, without_marks(marked)) else plain), marked


def _last_first(of: dict[int, list[str]]) -> list[tuple[int, str]]:
    return [(branch, "\n".join(of[branch])) for branch in sorted(of, reverse=True)]


def shown_texts(mail: Mail) -> ShownTexts:
    """The text of the mail in both forms, bounded: HTML of a few characters may stand for much text.

    Several inline text parts (Apple Mail splits around pictures) belong together, also of both kinds; attached files do
    not. Where one stretch has no plain form, its HTML stands for it, and the other way round.
    """
    units: dict[tuple[int, int], _Unit] = {}
    html_parts, left, is_cut = 0, MOST_TEXT, False
    for number, part in enumerate(mail.parts):
        if part.embedded or not _is_shown(part):
            continue
        unit = units.setdefault((part.choice, 0 if part.choice else number), _Unit())
        text = part.text[:left] if left else ""
        # A part of which no more was decoded may have had more.
        is_cut = is_cut or not left or len(part.text) > left or len(part.text) >= MOST_TEXT
        left -= len(text)
        if _is_html(part):
            html_parts += 1
            if html_parts <= _MAX_HTML_PARTS:
                unit.html.setdefault(part.branch, []).append(_from_html(text))
            is_cut = is_cut or html_parts > _MAX_HTML_PARTS
        else:
            text = from_enriched(text) if part.kind == "text/enriched" else text
            unit.plain.setdefault(part.branch, []).append(_without_files(text))
    settled = _joined([unit.settle() for unit in units.values()])
    plain, marked = (any(pair[form].strip() for pair in settled) for form in (0, 1))
    texts = (
        "\n".join(text or without_marks(html) for text, html in settled) if plain else "",
        "\n".join(html or text for text, html in settled) if marked else "",
    )
    is_cut = is_cut or max(map(len, texts)) > MOST_TEXT
    return ShownTexts(texts[0][:MOST_TEXT], texts[1][:MOST_TEXT], is_cut)


def _joined(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Two forms of one text that only stand one after the other become one pair."""
    out: list[tuple[str, str]] = []
    for plain, marked in pairs:
        last = out[-1] if out else ("", "")
        if marked and not plain.strip() and last[0].strip() and not last[1] and _alike(last[0], marked):
            out[-1] = (last[0], marked)
        elif plain.strip() and not marked and last[1] and not last[0].strip() and _alike(plain, last[1]):
            out[-1] = (plain, last[1])
        else:
            out.append((plain, marked))
    return out


def _alike(plain: str, marked: str) -> bool:
    one, other = letters(plain), letters(without_marks(marked))
    return (
        one == other
        or (len(one) > 0 and (one in other or other in one))
        or is_placeholder(plain, without_marks(marked))
    )


def _is_shown(part: MimePart) -> bool:
    if part.kind != "text/html" and part.kind not in _PLAIN and not _is_all(part):
        return False
    if part.attached:
        return False
    name = part.file_name
    return not name or _TEXT_NAME.fullmatch(name) is not None


def _is_all(part: MimePart) -> bool:
    """A mail that is one part is read, whatever text it calls itself (RFC 2046 section 4.1.4)."""
    return not part.parent and part.kind.startswith("text/") and part.kind not in _NO_WORDS


def _without_files(text: str) -> str:
    """Without the files that old programs write into the text itself (uuencode)."""
    return _FILE.sub("", text) if "begin " in text and "\nend" in text else text


def _is_html(part: MimePart) -> bool:
    return part.kind == "text/html" or (part.kind == "text/plain" and _IS_HTML.match(part.text) is not None)


def _from_html(source: str) -> str:
    """HTML without a single tag is text, whatever it is called: its lines are lines."""
    return html_to_text(source) if _HAS_TAGS.search(source) else html_to_text(source.replace("\n", "<br>"))
