"""The HTML of an e-mail: checked as written, then made fit to be sent once it is rendered.

The author's file is checked at publish and every finding names its line. What is rendered is sanitised all the same,
because a field's value may be a link too; CSS is inlined, since many mail programs drop style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import NamedTuple

import css_inline
import nh3

from adapters.templates.html import rules
from adapters.templates.html.depth import DEEPEST, too_deep
from adapters.templates.html.document import take_apart
from sequences.errors import TemplateError

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# A private character stands for what a field writes: it is in no file by chance, and no part of a scheme.
_FIELD = "\ue000"
# One attribute after the other, quoted values as a whole.
_ATTRIBUTE = re.compile(r"""[^\s/>="']+\s*=\s*(?:"[^"]*"|'[^']*'|([^\s>"']+))""")
_COMMENT = re.compile(r"<!---?>|<!--.*?(?:-->|\Z)", re.DOTALL)
_ENDLESS = re.compile(r"<[a-zA-Z][^>]{4000}")
_FOR_OUTLOOK = ("<!--[if", "<!--<![endif")
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
_CLEANED_ATTRIBUTES = {tag: set(rules.attributes_of(tag)) for tag in rules.TAGS}
_DROPPED_WITH_CONTENT = {"script", "style", "title", "iframe", "object", "noscript", "template", "svg", "math"}


def html_problems(source: str) -> list[tuple[int, str]]:
    """Line and reason of everything in an HTML template that mail programs would block or strip, or that acts."""
    blank = _without_jinja(source)
    if found := _ENDLESS.search(blank):  # on which the parser's time grows with the square
        return [(blank.count("\n", 0, found.start()) + 1, "this tag is never closed")]
    if too_deep(blank):
        return [(1, f"more than {DEEPEST} tags are open at once; is one never closed?")]
    reader = _Checker()
    reader.feed(blank)
    reader.close()
    if not reader.problems:
        # Whatever else a parser cannot stand shows now, and not at the first send.
        finish(blank.replace(_FIELD, "x"), {})
    return reader.problems


def local_images(source: str) -> list[tuple[int, str]]:
    """Line and path of every image of an HTML template that is a file beside it, in the order of the text."""
    return [(image.line, image.path) for image in _images(source)]


def image_places(source: str) -> list[tuple[int, int, str]]:
    """Where each of them begins and ends in the text, and its path."""
    starts = [0, *(found.end() for found in re.finditer("\n", source))]
    return [
        (start := starts[image.line - 1] + image.column, start + image.length, image.path) for image in _images(source)
    ]


def _images(source: str) -> list[_Image]:
    blank = _without_jinja(source)
    if _ENDLESS.search(blank):
        return []
    reader = _Checker()
    reader.feed(blank)
    return reader.images


def finish(html: str, images: Mapping[str, str]) -> str:
    """Makes a whole document of rendered HTML: CSS inlined, sanitised, images by their Content-ID.

    Args:
        html: rendered; a fragment or a document.
        images: path as written in the template to Content-ID.

    Raises:
        TemplateError: the styles cannot be read. The message quotes nothing.
    """
    if too_deep(html):
        raise TemplateError(f"the HTML has more than {DEEPEST} tags open at once")
    try:
        # Before anything else: here a "<!--" is the author's, since values are still escaped.
        inlined = _INLINER.inline(_COMMENT.sub(_kept_comment, html))
    except (css_inline.InlineError, ValueError):
        raise TemplateError("the styles of the HTML cannot be inlined") from None
    parts = take_apart(inlined)
    body = _clean(parts.body, images).strip()
    frame = nh3.clean(
        f"<div{parts.body_attributes}></div>",
        tags={"div"},
        attributes={"div": set(rules.attributes_of("body"))},
        attribute_filter=_filter(images),
        link_rel=None,
    )
    own = frame.removeprefix("<div").removesuffix("></div>")
    head = "\n".join(['<meta charset="utf-8">', *parts.head])
    return f"<!doctype html>\n<html{parts.language}>\n<head>\n{head}\n</head>\n<body{own}>\n{body}\n</body>\n</html>\n"


def _kept_comment(found: re.Match[str]) -> str:
    """What an author noted for colleagues is not for the recipient; what is for Outlook stays."""
    return found.group() if found.group().startswith(_FOR_OUTLOOK) else ""


def _clean(html: str, images: Mapping[str, str]) -> str:
    return nh3.clean(
        html,
        tags=set(rules.TAGS),
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_CLEANED_ATTRIBUTES,
        attribute_filter=_filter(images),
        strip_comments=False,
        link_rel=None,
        url_schemes=set(rules.LINK_SCHEMES | rules.SOURCE_SCHEMES),
    )


class _filter:  # noqa: N801 - a function with the images in hand; nh3 calls it for every attribute
    def __init__(self, images: Mapping[str, str]) -> None:
        self._images = images

    def __call__(self, tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return None if rules.css_problem(value) else value
        scheme = rules.scheme_of(value)
        if attribute in rules.LINKS:
            return value if scheme in rules.LINK_SCHEMES or (scheme is None and value.startswith("#")) else None
        if attribute in rules.SOURCES:
            known = self._images.get(value.strip().removeprefix("cid:"))
            if known is not None:
                return f"cid:{known}"
            return value if scheme in rules.SOURCE_SCHEMES else None
        return value


def _without_jinja(source: str) -> str:
    """The template with everything of Jinja blanked out, line by line where it was."""

    def blank(found: re.Match[str]) -> str:
        mark = _FIELD if found.group().startswith("{{") else " "
        return re.sub(r"[^\n]", mark, found.group())

    return _JINJA.sub(blank, source.replace(_FIELD, " "))


class _Image(NamedTuple):
    """The tag of an image; ``line`` counts from 1, ``column`` from 0."""

    line: int
    column: int
    length: int
    path: str


class _Checker(HTMLParser):
    """Walks through a template as written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[tuple[int, str]] = []
        self.images: list[_Image] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag == "style":
            self._in_style = True
        if tag not in rules.TAGS | rules.DOCUMENT_TAGS:
            self.problems.append((line, f"the tag <{_shown(tag)}> is not allowed in an e-mail"))
            return
        bare = _ATTRIBUTE.findall(self.get_starttag_text() or "")
        if any(_FIELD in value for value in bare):
            self.problems.append((line, f"a field inside <{tag}> must be in quotation marks"))
        for name, value in attrs:
            if problem := self._attribute_problem(tag, name, (value or "").strip()):
                self.problems.append((line, problem))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        problem = rules.css_problem(data) if self._in_style else None
        if problem:
            self.problems.append((self.getpos()[0], problem))

    def _attribute_problem(self, tag: str, name: str, value: str) -> str | None:
        if name.startswith("on"):
            return f"the event handler '{_shown(name)}' is not allowed in an e-mail"
        if tag == "meta":
            refresh = name == "http-equiv" and value.lower() not in {"content-type", "x-ua-compatible"}
            return f"<meta http-equiv='{_shown(value)}'> is not allowed in an e-mail" if refresh else None
        if tag in rules.DOCUMENT_TAGS - {"body"}:
            return None
        if name not in rules.attributes_of(tag):
            return f"the attribute '{_shown(name)}' of <{tag}> is not allowed in an e-mail"
        if name == "style":
            return rules.css_problem(value)
        if name in rules.LINKS:
            return _link_problem(value)
        return self._source_problem(tag, value) if name in rules.SOURCES else None

    def _source_problem(self, tag: str, value: str) -> str | None:
        scheme = rules.scheme_of(value)
        if value.startswith(_FIELD) or scheme in {"http", "https"}:
            return None
        if scheme not in {None, "cid"}:
            return (
                f"the address of an image must start with https, not '{scheme}:'; or use a file in the folder of "
                f"templates"
            )
        path = value.removeprefix("cid:")
        if tag != "img" or not path or path.startswith("/") or _FIELD in path:
            return (
                'an image must be a file in the folder of templates (src="images/logo.png") or a complete https address'
            )
        self.images.append(_Image(*self.getpos(), len(self.get_starttag_text() or ""), path))
        return None


def _link_problem(value: str) -> str | None:
    scheme = rules.scheme_of(value)
    if scheme in rules.LINK_SCHEMES or (scheme is None and value.startswith(("#", _FIELD))):
        return None
    if scheme is None:
        return "a link must be complete and start with https:, mailto: or tel:"
    return f"a link with '{scheme}:' is not allowed in an e-mail"


def _shown(name: str) -> str:
    return name.replace(_FIELD, "?")[:40]
