"""Where the parts of a sequence file begin and end, and edits that leave everything else letter by letter.

The parser ends a block only where the next thing begins, behind all comments; here it ends with its last value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ruamel.yaml.nodes import Node

Edit = tuple[int, int, str]
"""Where it begins and ends, and what comes there."""


def read(text: str) -> Node:
    """The nodes of a file.

    Raises:
        YAMLError: it cannot be read.
    """
    root: Node = YAML(typ="rt", pure=True).compose(text)
    return root


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits of different places."""
    for start, end, instead in sorted(edits, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def pair_of(node: Node, key: str) -> tuple[Node, Node] | None:
    """A key with its value; None: the mapping does not have it, or the node is none."""
    return next((pair for pair in node.value if pair[0].value == key), None) if isinstance(node, MappingNode) else None


def value_of(node: Node, key: str) -> Node:
    """The value of a key.

    Raises:
        KeyError: the mapping does not have it.
    """
    pair = pair_of(node, key)
    if pair is None:
        raise KeyError(key)
    return pair[1]


def named(items: Node, key: str, name: str) -> MappingNode:
    """The mapping among ``items`` whose ``key`` says ``name``.

    Raises:
        KeyError: there is none.
    """
    for item in items.value:
        pair = pair_of(item, key)
        if pair is not None and pair[1].value == name:
            assert isinstance(item, MappingNode)
            return item
    raise KeyError(name)


def span(node: Node) -> tuple[int, int]:
    """Where a value begins and ends."""
    return node.start_mark.index, end_of(node)


def end_of(node: Node) -> int:
    """Where a value ends."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return max((end_of_pair(key, value) for key, value in node.value), default=node.end_mark.index)
    if isinstance(node, SequenceNode) and not node.flow_style:
        return max((end_of(item) for item in node.value), default=node.end_mark.index)
    end = int(node.end_mark.index)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        # Blank lines behind such a text are counted as its own.
        start = int(node.start_mark.index)
        return start + len(str(node.start_mark.buffer)[start:end].rstrip())
    return end


def end_of_pair(key: Node, value: Node) -> int:
    """Where a key with its value ends."""
    # A key without a value: the parser puts the value where the next thing begins.
    if value.start_mark.index != value.end_mark.index:
        return end_of(value)
    end, buffer = int(key.end_mark.index), str(key.end_mark.buffer)
    behind = re.compile(r"[ \t]*:").match(buffer, end)
    return behind.end() if behind else end


def written(text: str, node: Node, into: MappingNode) -> str:
    """A text as its author wrote it, where it can be moved as it is."""
    start, end = span(node)
    plain = isinstance(node, ScalarNode) and node.style is None
    if "\n" in text[start:end] or (plain and into.flow_style and set(text[start:end]) & set(",[]{}")):
        return json.dumps(node.value, ensure_ascii=False)
    return text[start:end]


def end_of_line(text: str, at: int) -> int:
    """Where the line ends that a place is in, before its line break."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def added(text: str, step: MappingNode, after: str, words: str) -> Edit:
    """A pair behind that of ``after``."""
    pair = pair_of(step, after)
    assert pair is not None
    end = end_of(pair[1])
    if step.flow_style:
        return end, end, f", {words}"
    end = end_of_line(text, end)
    return end, end, "\n" + " " * pair[0].start_mark.column + words


def removed(text: str, step: MappingNode, key: str) -> Edit:
    """A pair, and its lines or its comma."""
    keys = [pair[0].value for pair in step.value]
    at = keys.index(key)
    start, end = step.value[at][0].start_mark.index, end_of_pair(*step.value[at])
    following = step.value[at + 1][0].start_mark.index if at + 1 < len(keys) else None
    if step.flow_style:
        return (start, following, "") if at == 0 and following else (end_of_pair(*step.value[at - 1]), end, "")
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip() and following is not None:
        # The first key stands behind the dash: the next one takes its place.
        return start, following, ""
    return line, min(end_of_line(text, end) + 1, len(text)), ""
