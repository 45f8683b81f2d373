"""What every page of the console must be, as far as its text shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

_NEW_TAGS = tuple(
    f"Tag {name} invalid"
    for name in (
        *("article", "aside", "datalist", "details", "dialog", "figure", "footer", "header", "main", "mark", "nav"),
        *("output", "progress", "search", "section", "summary", "time", "svg", "g", "line", "path", "rect", "text"),
        "title",
    )
)
"""The parser is older than these elements."""


def parse(html: str) -> Any:
    """The document, or the fragment, and no error of its grammar."""
    parser = etree.HTMLParser(encoding="utf-8")
    root = etree.fromstring(html.encode(), parser)
    wrong = [entry.message for entry in parser.error_log if not entry.message.startswith(_NEW_TAGS)]
    assert wrong == [], wrong
    return root


def faults(html: str, *, whole: bool = True) -> list[str]:
    """What is wrong with a page, or with a fragment of one."""
    root = parse(html)
    found = [*_structure(root), *_fields(root), *_scripts(root)]
    if whole:
        headings = root.xpath("//h1")
        if len(headings) != 1 or not text_of(headings[0]):
            found.append(f"{len(headings)} h1")
        if not root.get("lang"):
            found.append("no lang")
        if not text_of(root.find(".//title")).strip(" ·"):
            found.append("no title")
    return found


def _structure(root: Any) -> Iterator[str]:
    for name, number in Counter(root.xpath("//@id")).items():
        if number > 1:
            yield f"{number} elements have the id {name}"
    ids = set(root.xpath("//@id"))
    for attribute in ("aria-labelledby", "aria-describedby"):
        for value in root.xpath(f"//*[not(self::dialog)]/@{attribute}"):
            yield from (f"{attribute} names {each}, which is not there" for each in value.split() if each not in ids)
    for table in root.xpath("//table"):
        if table.find("caption") is None and not table.get("aria-label"):
            yield "a table without a name"
        if table.xpath(".//th[not(@scope)]"):
            yield "a th without a scope"
        wide = len(table.xpath("./thead/tr[1]/*"))
        for row in table.xpath("./tbody/tr"):
            if sum(int(cell.get("colspan", "1")) for cell in row.xpath("./th|./td")) != wide:
                yield f"a row of another width than its head: {text_of(row)[:60]}"
    yield from (f"an image without words: {image.get('src')}" for image in root.xpath("//img[not(@alt)]"))
    for element in root.xpath("//a[@href]|//button"):
        if not (text_of(element) or element.get("aria-label")):
            yield f"a {element.tag} without words: {etree.tostring(element).decode()[:80]}"


def _fields(root: Any) -> Iterator[str]:
    labelled = set(root.xpath("//label/@for"))
    for field in root.xpath("//input[not(@type='hidden')]|//select|//textarea"):
        in_label = field.xpath("ancestor::label")
        if not (in_label or field.get("aria-label") or field.get("id") in labelled):
            yield f"a field without a label: {field.get('name')}"
    for form in root.xpath("//form"):
        if (form.get("method") or "get").lower() == "post" and not form.xpath(".//input[@name='key']"):
            yield f"an act without a key: {form.get('action')}"
        if not (form.get("action") or "").startswith("/"):
            yield "a form without an address"


def _scripts(root: Any) -> Iterator[str]:
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if name.startswith("on") or name == "style" or name.startswith("hx-on"):
                yield f"{element.tag} has {name}"
            # A link to the Temporal UI says that it is one.
            outside = name == "href" and element.get("rel") == "external noreferrer"
            ours = value.startswith(("/", "#", "mailto:")) or outside
            if name in ("href", "src", "action", "hx-get", "hx-post") and not ours:
                yield f"{element.tag} leads elsewhere: {value}"
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            yield f"{element.tag} inline"


def text_of(element: Any) -> str:
    """What it says, in one line."""
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""


def cells(html: str, row: str) -> list[str]:
    """What the cells of a row say, the row whose first cell begins with ``row``."""
    rows = [[text_of(cell) for cell in line.xpath("./th|./td")] for line in parse(html).xpath("//tbody/tr")]
    return next(line for line in rows if line[0].startswith(row))
