"""Where in its file a problem is: findings about values become problems with line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sequences.checking.problems import FileProblem, Finding
from sequences.checking.yaml_document import Document, Place


def flaws(document: Document, file: str) -> Iterator[FileProblem]:
    """What is wrong with the form of the text."""
    for flaw in document.flaws:
        yield FileProblem(file, flaw.place[0] + 1, flaw.place[1] + 1, flaw.message, flaw.found, flaw.allowed)


def placed(document: Document, file: str, found: Iterable[Finding]) -> Iterator[FileProblem]:
    """Findings about values, at the lines and columns of those."""
    for item in found:
        line, column = _place(document, item)
        yield FileProblem(file, line + 1, column + 1, item.message, item.found, item.allowed, item.severity)


def _place(document: Document, item: Finding) -> Place:
    places = (document.keys, document.values) if item.target == "key" else (document.values, document.keys)
    loc = item.loc
    while loc:
        for place in places:
            if loc in place:
                return place[loc]
        loc = loc[:-1]
    return document.values.get((), (0, 0))
