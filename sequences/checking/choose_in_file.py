"""Edits a sequence file: a step keeps one of its variants. Everything else stays letter by letter, comments too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from sequences.channels import CHANNELS

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

_Edit = tuple[int, int, str]
"""Where it begins and ends, and what comes there."""


def with_one_variant(text: str, step: str, variant: str) -> str:
    """The text of a good sequence file in which ``step`` says what ``variant`` says, and has no variants.

    What aliases (``*name``) share between steps is not followed: whoever asks reads the answer and compares.

    Raises:
        KeyError: the file has no such step or variant.
    """
    root = YAML(typ="rt", pure=True).compose(text)
    found = _named(_value(root, "steps"), "id", step)
    chosen = _named(_value(found, "variants"), "name", variant)
    channel = next(name for name in CHANNELS if _pair(found, name) is not None)
    edits = [_removed(text, found, "variants")]
    template, subject = _pair(chosen, "template"), _pair(chosen, "subject")
    if template is not None:
        edits.append((*_span(_value(found, channel)), _written(text, template[1], found)))
    if subject is not None:
        words = _written(text, subject[1], found)
        if _pair(found, "subject") is not None:
            edits.append((*_span(_value(found, "subject")), words))
        else:
            edits.append(_added(text, found, channel, f"subject: {words}"))
    for start, end, instead in sorted(edits, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def _pair(node: Node, key: str) -> tuple[Node, Node] | None:
    return next((pair for pair in node.value if pair[0].value == key), None) if isinstance(node, MappingNode) else None


def _value(node: Node, key: str) -> Node:
    pair = _pair(node, key)
    if pair is None:
        raise KeyError(key)
    return pair[1]


def _named(items: Node, key: str, name: str) -> MappingNode:
    for item in items.value:
        pair = _pair(item, key)
        if pair is not None and pair[1].value == name:
            assert isinstance(item, MappingNode)
            return item
    raise KeyError(name)


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, _end(node)


def _end(node: Node) -> int:
    """Where a value ends. The parser ends a block only where the next thing begins, behind all comments."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return max((_end(value) for _, value in node.value), default=node.end_mark.index)
    if isinstance(node, SequenceNode) and not node.flow_style:
        return max((_end(item) for item in node.value), default=node.end_mark.index)
    end = int(node.end_mark.index)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        # Blank lines behind such a text are counted as its own.
        start = int(node.start_mark.index)
        return start + len(str(node.start_mark.buffer)[start:end].rstrip())
    return end


def _written(text: str, node: Node, into: MappingNode) -> str:
    """A text as its author wrote it, where it can be moved as it is."""
    start, end = _span(node)
    plain = isinstance(node, ScalarNode) and node.style is None
    if "\n" in text[start:end] or (plain and into.flow_style and set(text[start:end]) & set(",[]{}")):
        return json.dumps(node.value, ensure_ascii=False)
    return text[start:end]


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _added(text: str, step: MappingNode, after: str, words: str) -> _Edit:
    """A pair behind that of ``after``."""
    pair = _pair(step, after)
    assert pair is not None
    end = _end(pair[1])
    if step.flow_style:
        return end, end, f", {words}"
    end = _end_of_line(text, end)
    return end, end, "\n" + " " * pair[0].start_mark.column + words


def _removed(text: str, step: MappingNode, key: str) -> _Edit:
    """A pair, and its lines or its comma."""
    keys = [pair[0].value for pair in step.value]
    at = keys.index(key)
    start, end = step.value[at][0].start_mark.index, _end(step.value[at][1])
    following = step.value[at + 1][0].start_mark.index if at + 1 < len(keys) else None
    if step.flow_style:
        return (start, following, "") if at == 0 and following else (_end(step.value[at - 1][1]), end, "")
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip() and following is not None:
        # The first key stands behind the dash: the next one takes its place.
        return start, following, ""
    return line, min(_end_of_line(text, end) + 1, len(text)), ""
