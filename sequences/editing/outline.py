"""The parts of a sequence file with their lines: each step, each reaction, and each other key.

It is read as plain values, so a mistake in one part hides no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.nodes import MappingNode, SequenceNode

from sequences.checking.yaml_document import read_document
from sequences.editing.nodes import end_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.nodes import Node

_IN_ITEMS: Final = frozenset({"steps", "reactions"})


@dataclass(frozen=True)
class FilePart:
    """One part.

    Attributes:
        key: of the sequence, such as ``steps``.
        index: which item of ``steps`` or ``reactions``; None: it is the whole value of the key.
        first_line: with the comments above it, counted from 1.
        last_line: its last one.
        text: those lines, moved to the left.
        values: as plain values; None where there are none.
    """

    key: str
    index: int | None
    first_line: int
    last_line: int
    text: str
    values: Any


def outline(text: str) -> tuple[FilePart, ...]:
    """The parts in the order of the file; none when it cannot be read."""
    document = read_document(text)
    if not document.readable or not isinstance(document.data, dict):
        return ()
    root = read(text)
    if not isinstance(root, MappingNode):
        return ()
    lines = text.splitlines()
    parts = []
    above = 0
    for key, index, first, last in _places(text, root):
        first_line = max(above, first) if first <= above else _with_comments(lines, above, first)
        last_line = max(first_line, last)
        values = document.data.get(key)
        if index is not None:
            values = values[index] if isinstance(values, list) and index < len(values) else None
        words = dedent("\n".join(lines[first_line : last_line + 1]))
        parts.append(FilePart(key, index, first_line + 1, last_line + 1, words, values))
        above = last_line + 1
    return tuple(parts)


def part_at(parts: tuple[FilePart, ...], line: int) -> FilePart | None:
    """The part that a line is in; None: above the first one."""
    return next((part for part in reversed(parts) if part.first_line <= line), None)


def _places(text: str, root: Node) -> Iterator[tuple[str, int | None, int, int]]:
    """Key, index, first and last line of each part, from 0."""
    for key, value in root.value:
        name = str(key.value)
        block = isinstance(value, SequenceNode) and not value.flow_style
        if name in _IN_ITEMS and block and value.value:
            yield from (
                (name, index, item.start_mark.line, _line(text, end_of(item))) for index, item in enumerate(value.value)
            )
        else:
            empty = value.start_mark.index == value.end_mark.index
            yield name, None, key.start_mark.line, key.start_mark.line if empty else _line(text, end_of(value))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, max(at - 1, 0))


def _with_comments(lines: list[str], above: int, first: int) -> int:
    """The first of the comment lines that stand directly above a part."""
    while first > above and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first
