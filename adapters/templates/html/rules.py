"""What the HTML of an e-mail may contain, as mail programs show it, and nothing that acts by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


TAGS = _words(
    "a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em "
    "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp "
    "section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
DOCUMENT_TAGS = frozenset({"html", "head", "body", "title", "meta", "style"})
_ANYWHERE = _words("align bgcolor class color dir height id lang role style title valign width aria-hidden aria-label")
_OF_TAG: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "a": frozenset({"href", "name", "rel", "target"}),
        "img": frozenset({"src", "alt", "border", "hspace", "vspace"}),
        "table": frozenset({"border", "cellpadding", "cellspacing", "background", "summary", "frame", "rules"}),
        "td": frozenset({"background", "colspan", "rowspan", "headers", "nowrap", "scope", "abbr"}),
        "th": frozenset({"background", "colspan", "rowspan", "headers", "nowrap", "scope", "abbr"}),
        "tr": frozenset({"background"}),
        "col": frozenset({"span"}),
        "colgroup": frozenset({"span"}),
        "font": frozenset({"face", "size"}),
        "hr": frozenset({"size", "noshade"}),
        "ol": frozenset({"start", "type", "reversed"}),
        "ul": frozenset({"type"}),
        "li": frozenset({"value", "type"}),
        "br": frozenset({"clear"}),
        "time": frozenset({"datetime"}),
        "blockquote": frozenset({"cite"}),
        "body": frozenset({"background", "text", "link", "vlink", "alink", "leftmargin", "topmargin", "marginwidth"}),
    }
)
META_NAMES = frozenset(
    {"viewport", "color-scheme", "supported-color-schemes", "format-detection", "x-apple-disable-message-reformatting"}
)
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
SOURCE_SCHEMES = frozenset({"http", "https", "cid"})
LINKS = frozenset({"href", "cite"})
SOURCES = frozenset({"src", "background"})
# What old mail programs ran out of a style sheet, and what would fetch another one.
_BAD_CSS = re.compile(
    r"(?i)expression\s*\(|javascript\s*:|vbscript\s*:|behavior\s*:|-moz-binding|@import|@charset|</|\\"
)
_CSS_URL = re.compile(r"(?i)url\(\s*['\"]?\s*([^'\")\s]*)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]+")


def attributes_of(tag: str) -> frozenset[str]:
    """The attributes that a tag may have."""
    return _ANYWHERE | _OF_TAG.get(tag, frozenset())


def scheme_of(address: str) -> str | None:
    """The scheme of an address in small letters, read as browsers do: past blanks and control characters."""
    found = _SCHEME.match(_INVISIBLE.sub("", address))
    return found.group(1).lower() if found else None


def css_problem(css: str) -> str | None:
    """Why a style cannot go out, or None."""
    found = _BAD_CSS.search(css)
    if found:
        return f"{found.group().strip()!r} is not allowed in a style"
    for address in _CSS_URL.findall(css):
        if scheme_of(address) not in {"http", "https"}:
            return "an address in a style must be complete: url(https://...)"
    return None
