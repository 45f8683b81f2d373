"""The documentation as pages of the console: Markdown in, HTML out that keeps the console's policy."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.resources.abc import Traversable

PATH: Final = "/help"
PART: Final = "part-"
"""Before the anchor of a heading: the parts of the page around it have ids, too."""
_PICTURES: Final = "pictures/"
_SNIPPET: Final = 160
_BEFORE: Final = 40
_MOST_FOUND: Final = 50
_ELSEWHERE: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII)
_COMMENT: Final = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)
_NAMED: Final = re.compile(
    r"\[(?P<words>[^\]]+)\]\((?P<target>[a-z-]+)\.md(?P<anchor>#[\w-]+)?\)"
    r"|(?:(?P<section>[A-Z][\w ]*) in )?docs/(?P<page>[a-z-]+)\.md"
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page below its title.

    Attributes:
        level: 2 for the largest.
        anchor: its id in the page.
        words: without marks.
    """

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class ManualPage:
    """A page of the documentation.

    Attributes:
        name: in its address.
        title: its first heading.
        about: the first sentence of its text.
        body: the rest, without the first heading.
        headings: in their order.
    """

    name: str
    title: str
    about: str
    body: Markup
    headings: tuple[Heading, ...]

    @property
    def parts(self) -> tuple[Heading, ...]:
        """The largest headings."""
        return tuple(each for each in self.headings if each.level == 2)


@dataclass(frozen=True)
class FoundPart:
    """A part of a page that has all the words that somebody looks for.

    Attributes:
        page: the name of the page; ``title`` its title.
        anchor: of its heading; empty: what stands before the first one.
        words: of its heading.
        snippet: some text around the first of the words.
    """

    page: str
    title: str
    anchor: str
    words: str
    snippet: str


class Manual:
    """Every page. A page is read when it is asked for, and kept.

    Args:
        base: path of the console.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._folder: Traversable = files("starter.manual")
        self._pages: dict[str, ManualPage] = {}
        self._markdown = MarkdownIt("commonmark", {"html": True}).enable("table")

    @cached_property
    def names(self) -> frozenset[str]:
        """Of all pages."""
        return frozenset(file.name.removesuffix(".md") for file in self._folder.iterdir() if file.name.endswith(".md"))

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[ManualPage, ...]], ...]:
        """The pages by whom they are for, as the site of the documentation has them."""
        site = YAML(typ="safe").load((self._folder / "mkdocs.yml").read_text("utf-8"))
        groups = []
        for entry in site["nav"]:
            for words, inside in entry.items():
                if isinstance(inside, list):
                    names = [name.removesuffix(".md") for each in inside for name in each.values()]
                    groups.append((str(words), tuple(self.page(name) for name in names if name in self.names)))
        return tuple(groups)

    def page(self, name: str) -> ManualPage:
        """A page.

        Raises:
            KeyError: there is none of that name.
        """
        if name not in self.names:
            raise KeyError(name)
        if name not in self._pages:
            self._pages[name] = self._read(name)
        return self._pages[name]

    def picture(self, name: str) -> bytes:
        """A picture of a page.

        Raises:
            KeyError: there is none of that name.
        """
        pictures = {file.name: file for file in (self._folder / "pictures").iterdir() if file.name.endswith(".png")}
        return pictures[name].read_bytes()

    def find(self, text: str) -> tuple[FoundPart, ...]:
        """Parts that have all words, those with one of them in their heading first."""
        wanted = text.lower().split()
        if not wanted:
            return ()
        found = [
            (all(word in part.words.lower() for word in wanted), part)
            for _, pages in self.groups
            for page in pages
            for part in self._parts_with(page, wanted)
        ]
        found.sort(key=lambda each: not each[0])
        return tuple(part for _, part in found[:_MOST_FOUND])

    def linked(self, text: str) -> Markup:
        """A text with links in place of the pages that it names: ``[words](page.md#anchor)``, or ``docs/page.md``."""
        made, end = Markup(), 0
        for named in _NAMED.finditer(text):
            name, anchor = named["target"] or named["page"], named["anchor"] or ""
            if name not in self.names:
                continue
            begin, words = named.start(), named["words"] or self.page(name).title
            if section := named["section"]:
                # The words before the name of a part are those of the sentence.
                part = next((each for each in self.page(name).headings if section.endswith(each.words)), None)
                begin += len(section) - len(part.words) if part else len(section) + len(" in ")
                words = f"{part.words} in {words}" if part else words
                anchor = f"#{part.anchor.removeprefix(PART)}" if part else ""
            address = f"{self._base}{PATH}/{name}{anchor and f'#{PART}{anchor[1:]}'}"
            made += text[end:begin] + Markup('<a href="{}">{}</a>').format(address, words)
            end = named.end()
        return made + text[end:]

    # --- one page -----------------------------------------------------------------------------------------------

    def _read(self, name: str) -> ManualPage:
        tokens = self._markdown.parse((self._folder / f"{name}.md").read_text("utf-8"))
        title, tokens = _without_title(tokens)
        known: Counter[str] = Counter()
        named: Counter[str] = Counter()
        headings: list[Heading] = []
        table = _Table()
        heading = title
        for at, token in enumerate(tokens):
            match token.type:
                case "heading_open":
                    heading = _text(tokens[at + 1])
                    slug = anchor_of(heading)
                    number, known[slug] = known[slug], known[slug] + 1
                    token.attrSet("id", f"{PART}{slug}-{number}" if number else f"{PART}{slug}")
                    headings.append(Heading(int(token.tag[1:]), str(token.attrGet("id")), heading))
                case "table_open":
                    # Regions of one name could not be told from each other.
                    named[heading] += 1
                    token.attrSet("aria-label", heading if named[heading] == 1 else f"{heading} ({named[heading]})")
                case "thead_open":
                    table = _Table()
                case "tr_open":
                    table.column = 0
                case "th_open" | "td_open" | "th_close" | "td_close":
                    table.settle(token, _text(tokens[at + 1]))
                case "fence" | "code_block":
                    token.attrs, token.info = {}, ""
                case "html_block":
                    _as_text(token)
            for inside in token.children or ():
                self._settle(inside)
            token.children = _without_dead_links(token.children, name)
        about = next((_text(each) for at, each in enumerate(tokens) if _begins_text(tokens, at)), "")
        html = self._markdown.renderer.render(tokens, self._markdown.options, {})
        return ManualPage(
            name,
            title,
            re.split(r"(?<=[.?!])\s", about, maxsplit=1)[0],
            Markup(_scrolling(html)),  # noqa: S704 - of our own documentation, its raw HTML escaped
            tuple(headings),
        )

    def _settle(self, token: Token) -> None:
        """A link or picture leads to where the console has it."""
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            path, _, anchor = target.partition("#")
            name = path.removesuffix(".md")
            if _ELSEWHERE.match(target):
                token.attrSet("rel", "external noreferrer")
            elif not path:
                token.attrSet("href", f"#{PART}{anchor}")
            elif path.endswith(".md") and name in self.names:
                token.attrSet("href", f"{self._base}{PATH}/{name}" + (f"#{PART}{anchor}" if anchor else ""))
            else:
                token.meta = {"dead": path}
        elif token.type == "image":
            source = str(token.attrGet("src") or "")
            token.attrSet("src", f"{self._base}{PATH}/{source}")
            token.attrSet("loading", "lazy")
        elif token.type == "html_inline":
            _as_text(token)

    def _parts_with(self, page: ManualPage, wanted: Sequence[str]) -> Iterator[FoundPart]:
        for anchor, words, text in _parts(page):
            lower = f"{page.title} {words} {text}".lower()
            if all(word in lower for word in wanted):
                at = min((text.lower().find(word) for word in wanted if word in text.lower()), default=0)
                yield FoundPart(page.name, page.title, anchor, words or page.title, _snippet(text, at))


def _snippet(text: str, at: int) -> str:
    """Some of a text around a place in it, in whole words.

    >>> _snippet("one two " * 40 + "three", 319)
    '… one two one two one two one two one two three'
    """
    begin = max(0, at - _BEFORE)
    if begin:
        begin = text.find(" ", begin, at) + 1 or begin
    cut = text[begin : begin + _SNIPPET]
    if begin + _SNIPPET < len(text):
        cut = f"{cut.rpartition(' ')[0] or cut} …"
    return f"… {cut}" if begin else cut


@dataclass
class _Table:
    """A table while its tokens are read: a row begins with its heading, and each other cell names its column."""

    heads: list[str] = field(default_factory=list)
    column: int = 0

    def settle(self, token: Token, words: str) -> None:
        """Makes a cell what the console's own cells are; the policy takes no style beside an element."""
        if token.type.endswith("_close"):
            if token.type == "td_close" and self.column == 1:
                token.tag = "th"
            elif token.type == "th_close" and not self.heads[-1]:
                token.tag = "td"
            return
        aligned = str(token.attrs.pop("style", ""))
        if "right" in aligned:
            token.attrSet("class", "number")
        if token.type == "th_open":
            self.heads.append(words)
            if words:
                token.attrSet("scope", "col")
            else:
                token.tag = "td"
            return
        if self.column == 0:
            token.tag = "th"
            token.attrSet("scope", "row")
        elif label := self.heads[self.column]:
            token.attrSet("data-label", label)
        self.column += 1


def anchor_of(heading: str) -> str:
    """The anchor that forges, and the site of the documentation, give a heading.

    >>> anchor_of("Hooks: a bridge of your own")
    'hooks-a-bridge-of-your-own'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _text(token: Token) -> str:
    """What a piece of text says, without its marks."""
    return "".join(" " if each.type == "softbreak" else each.content for each in token.children or ())


def _without_title(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The first heading is that of the page around it."""
    if tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        raise ValueError("a page begins with its title")
    return _text(tokens[1]), tokens[3:]


def _begins_text(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].type == "inline" and at > 0 and tokens[at - 1].type == "paragraph_open"


def _as_text(token: Token) -> None:
    """HTML of a page is shown as it was written; a comment is for who writes the page."""
    shown = str(escape(_COMMENT.sub("", token.content)))
    token.content = shown and f"<p>{shown}</p>" if token.type == "html_block" else shown


def _without_dead_links(tokens: list[Token] | None, name: str) -> list[Token] | None:
    """What the program does not have is named: words, and the path in the repository."""
    if tokens is None:
        return None
    kept: list[Token] = []
    dead: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            dead.append(token.meta.get("dead", ""))
            if not dead[-1]:
                kept.append(token)
        elif token.type == "link_close":
            path = dead.pop()
            if path:
                file = posixpath.normpath(posixpath.join("docs", path))
                words = " ".join(each.content for each in kept)
                if posixpath.basename(file) not in words:
                    kept += [_plain("text", " ("), _plain("code_inline", file), _plain("text", ")")]
            else:
                kept.append(token)
        else:
            kept.append(token)
    return kept


def _plain(kind: str, content: str) -> Token:
    return Token(kind, "code" if kind == "code_inline" else "", 0, content=content)


def _scrolling(html: str) -> str:
    """What may be wider than a phone scrolls, and a keyboard can reach it."""
    html = re.sub(r'<table (aria-label="[^"]*")>', r'<div class="wide" role="region" \1 tabindex="0"><table \1>', html)
    html = html.replace("</table>", "</table></div>")
    return html.replace("<pre>", '<pre tabindex="0">')


def _parts(page: ManualPage) -> Iterator[tuple[str, str, str]]:
    """Anchor, heading and text of each part."""
    pieces = re.split(r'<h[2-6] id="([^"]*)">(.*?)</h[2-6]>', page.body)
    yield "", "", _stripped(pieces[0])
    for anchor, words, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        yield anchor, _stripped(words), _stripped(text)


def _stripped(html: str) -> str:
    return " ".join(Markup(html).striptags().split())  # noqa: S704 - it is taken apart, not shown
