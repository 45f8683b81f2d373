"""A sequence file is made to say other values: only the parts that differ are written, all else stays letter by letter.

Each difference is written by itself, and what came out is read again and compared with what was meant. So an edit that
would say something else (of an alias, of an anchor that others use) is refused, and the author edits the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from sequences.checking.yaml_document import read_document
from sequences.editing.nodes import applied, end_of, end_of_line, end_of_pair, pair_of, read, removed, span
from sequences.editing.plain import behind_key, item, on_one_line, pair, pair_on_one_line
from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ruamel.yaml.nodes import Node

    from sequences.editing.nodes import Edit

_MOST: Final = 2_000
"""Differences that one edit may write."""


def data_of(text: str) -> dict[str, Any]:
    """What a file says, as plain values that must not be changed.

    Raises:
        DefinitionError: it cannot be read.
    """
    document = read_document(text)
    if not document.readable or document.flaws or not isinstance(document.data, dict):
        raise DefinitionError("the file cannot be read: correct it first")
    return document.data


def rewritten(text: str, wanted: Mapping[str, Any]) -> str:
    """The file with other values.

    Args:
        text: of the file.
        wanted: all that it shall say, as plain values. A new key comes behind the one before it here.

    Raises:
        DefinitionError: the file cannot be read, or cannot be edited so.
    """
    before = data_of(text)
    for _ in range(_MOST):
        if same(before, wanted):
            return text
        try:
            edit, meant = _change(text, read(text), before, wanted)
        except (YAMLError, ValueError, IndexError):
            raise _by_hand() from None
        text = applied(text, [edit])
        document = read_document(text)
        if not document.readable or document.flaws or not same(document.data, meant):
            raise _by_hand()
        before = document.data
    raise _by_hand()


def same(one: Any, other: Any) -> bool:
    """Whether plain values say the same; ``true`` is not 1. The order of keys does not count."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _by_hand() -> DefinitionError:
    return DefinitionError(
        "this cannot be changed here, because of the way in which the file is written: edit the file"
    )


def _change(text: str, node: Node, before: Any, wanted: Any) -> tuple[Edit, Any]:
    """The first difference below a value: how it is written, and what the value says then."""
    if isinstance(node, MappingNode) and wanted and isinstance(before, dict) and isinstance(wanted, dict):
        return _in_mapping(text, node, before, wanted)
    if isinstance(node, SequenceNode) and wanted and before and isinstance(wanted, list):
        return _in_list(text, node, before, wanted)
    return (*span(node), on_one_line(wanted)), wanted


def _in_mapping(
    text: str, node: MappingNode, before: dict[str, Any], wanted: Mapping[str, Any]
) -> tuple[Edit, dict[str, Any]]:
    gone = next((key for key in before if key not in wanted), None)
    stays = any(key in wanted for key in before)
    if gone is not None and stays:
        return removed(text, node, gone), {key: each for key, each in before.items() if key != gone}
    if not stays:
        return (*span(node), on_one_line(wanted)), dict(wanted)
    for key, value in before.items():
        if not same(value, wanted[key]):
            edit, meant = _value(text, node, key, value, wanted[key])
            return edit, {**before, key: meant}
    new, above = _first_new(before, wanted)
    return _added(text, node, above, new, wanted[new]), {**before, new: wanted[new]}


def _first_new(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, str]:
    """A key that is not there yet, and the one that it comes behind."""
    above = next(iter(before))
    for key in wanted:
        if key not in before:
            return key, above
        above = key
    raise ValueError(above)


def _added(text: str, node: MappingNode, above: str, key: str, value: Any) -> Edit:
    found = pair_of(node, above)
    assert found is not None
    end = end_of_pair(*found)
    if node.flow_style:
        return end, end, f", {pair_on_one_line(key, value)}"
    end = end_of_line(text, end)
    column = found[0].start_mark.column
    return end, end, "\n" + " " * column + pair(key, value, column)


def _value(text: str, node: MappingNode, key: str, before: Any, wanted: Any) -> tuple[Edit, Any]:
    """The value of a key that says something else."""
    found = pair_of(node, key)
    assert found is not None
    name, value = found
    if _has_places(value, before, wanted):
        return _change(text, value, before, wanted)
    colon = text.index(":", name.end_mark.index) + 1
    empty = value.start_mark.index == value.end_mark.index
    start, end = (colon, colon) if empty else span(value)
    column = name.start_mark.column
    if node.flow_style or "#" in text[colon:start]:
        blank = " " if empty else ""
        return (start, end, blank + on_one_line(wanted)), wanted
    return (colon, end, behind_key(wanted, column)), wanted


def _has_places(node: Node, before: Any, wanted: Any) -> bool:
    """Whether a part of the value can be changed, and the rest of it stays."""
    if isinstance(node, MappingNode) and isinstance(before, dict) and isinstance(wanted, dict):
        return any(key in wanted for key in before)
    return isinstance(node, SequenceNode) and isinstance(wanted, list) and bool(wanted) and bool(before)


def _in_list(text: str, node: SequenceNode, before: list[Any], wanted: list[Any]) -> tuple[Edit, list[Any]]:
    first, kept = _where(before, wanted)
    ours, theirs = len(before) - first - kept, len(wanted) - first - kept
    if ours and theirs:
        edit, meant = _change(text, node.value[first], before[first], wanted[first])
        return edit, [*before[:first], meant, *before[first + 1 :]]
    if node.flow_style:
        return _joined(text, node, first, kept, wanted), wanted
    if theirs:
        return _inserted(text, node, first, wanted[first]), [*before[:first], wanted[first], *before[first:]]
    return _dropped(text, node, first), [*before[:first], *before[first + 1 :]]


def _where(before: Sequence[Any], wanted: Sequence[Any]) -> tuple[int, int]:
    """How many items are the same at the beginning, and of the others at the end."""
    shorter = min(len(before), len(wanted))
    first = 0
    while first < shorter and same(before[first], wanted[first]):
        first += 1
    kept = 0
    while kept < shorter - first and same(before[-1 - kept], wanted[-1 - kept]):
        kept += 1
    return first, kept


def _joined(text: str, node: SequenceNode, first: int, kept: int, wanted: list[Any]) -> Edit:
    """The items of a list between brackets: those that stay as their author wrote them."""
    spans = [span(each) for each in node.value]
    said = [text[start:end] for start, end in spans]
    behind = said[len(said) - kept :] if kept else []
    words = [*said[:first], *map(on_one_line, wanted[first : len(wanted) - kept]), *behind]
    return spans[0][0], spans[-1][1], ", ".join(words)


def _line_of(text: str, node: Node) -> tuple[int, int]:
    """Where the line of an item begins, and the column of its dash.

    Raises:
        ValueError: something is before the dash.
    """
    start = node.start_mark.index
    line = text.rfind("\n", 0, start) + 1
    column = text[line:start].index("-")
    if text[line : line + column].strip():
        raise ValueError(line)
    return line, column


def _inserted(text: str, node: SequenceNode, place: int, value: Any) -> Edit:
    if place == 0:
        line, column = _line_of(text, node.value[0])
        return line, line, " " * column + f"- {item(value, column)}\n"
    _, column = _line_of(text, node.value[0])
    end = end_of_line(text, end_of(node.value[place - 1]))
    return end, end, "\n" + " " * column + f"- {item(value, column)}"


def _dropped(text: str, node: SequenceNode, place: int) -> Edit:
    line, _ = _line_of(text, node.value[place])
    return line, min(end_of_line(text, end_of(node.value[place])) + 1, len(text)), ""
