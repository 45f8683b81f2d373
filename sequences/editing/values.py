"""Edits of single values anywhere in a sequence file, of items of lists, and of keys of the sequence.

Values are written by ``rewrite``. What comes here has its own lines and a blank line where its neighbours have one;
what goes takes along the comments directly above it. The file is read again after each edit and compared with what
was meant, so an edit that would say something else is refused, and the author edits the file.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.nodes import MappingNode, SequenceNode

from sequences.checking.yaml_document import read_document
from sequences.definition.model import SequenceDefinition
from sequences.editing.nodes import added, applied, end_of, end_of_line, end_of_pair, read, removed, value_of
from sequences.editing.plain import on_one_line, pair
from sequences.editing.rewrite import data_of, rewritten, same
from sequences.errors import DefinitionError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ruamel.yaml.nodes import Node

    from sequences.editing.nodes import Edit

Path = tuple[str | int, ...]
"""Keys and indexes from the top."""
_ORDER: Final = tuple(SequenceDefinition.model_fields)


def value_at(data: Any, path: Path) -> Any:
    """The value at a path.

    Raises:
        NotFoundError: there is none.
    """
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            raise NotFoundError(f"the draft has no {'.'.join(map(str, path))} any more") from None
    return data


def with_value(text: str, path: Path, value: Any) -> str:
    """The file in which one value is another one.

    Args:
        text: of the file.
        path: of the value; of a key that is not there yet, all but the last part must be.
        value: plain: mappings, lists, texts, numbers, booleans, None.

    Raises:
        NotFoundError: there is no such place.
        DefinitionError: the file cannot be edited so.
    """
    data = data_of(text)
    key = path[-1]
    if len(path) == 1 and isinstance(key, str) and key not in data:
        return _as_meant(text, _key_added(text, data, key, value), {**data, key: value})
    parent = value_at(data, path[:-1])
    if not isinstance(parent, dict):
        value_at(parent, (key,))
    return rewritten(text, _with(data, path, lambda parent: parent.__setitem__(key, value)))


def with_item(text: str, path: Path, value: Any) -> str:
    """The file in which the list at a path ends with another item. The errors are those of ``with_value``."""
    there = value_at(data_of(text), path)
    if not isinstance(there, list):
        raise DefinitionError("this is not a list: edit the file")
    node = _node_at(text, path) if there else None
    if not isinstance(node, SequenceNode) or node.flow_style:
        return with_value(text, path, [*there, value])
    wanted = _with(data_of(text), (*path, 0), lambda parent: parent.append(value))
    return _as_meant(text, _item_added(text, node, value, top=len(path) == 1), wanted)


def without(text: str, path: Path) -> str:
    """The file without a key or an item of a list. The errors are those of ``with_value``."""
    data, key = data_of(text), path[-1]
    value_at(data, path)
    wanted = _with(data, path, lambda parent: parent.__delitem__(key))
    node = _node_at(text, path[:-1])
    if isinstance(node, SequenceNode) and isinstance(key, int) and not node.flow_style and len(node.value) > 1:
        return _as_meant(text, _item_gone(text, node, key), wanted)
    if isinstance(node, MappingNode) and isinstance(key, str) and len(node.value) > 1:
        top = len(path) == 1 and not node.flow_style
        return _as_meant(text, _key_gone(text, node, key) if top else removed(text, node, key), wanted)
    return rewritten(text, wanted)


def _with(data: Mapping[str, Any], path: Path, change: Callable[[Any], object]) -> dict[str, Any]:
    """The same data after a change of what the last part of a path is in."""
    wanted = deepcopy(dict(data))
    change(value_at(wanted, path[:-1]))
    return wanted


def _node_at(text: str, path: Path) -> Node:
    node = read(text)
    for part in path:
        node = value_of(node, part) if isinstance(part, str) else node.value[part]
    return node


def _as_meant(text: str, edit: Edit, wanted: Mapping[str, Any]) -> str:
    edited = applied(text, [edit])
    document = read_document(edited)
    if not document.readable or document.flaws or not same(document.data, wanted):
        raise _refused()
    return edited


def _key_added(text: str, data: Mapping[str, Any], key: str, value: Any) -> Edit:
    """A key of the sequence: a short one below those at the top, another where the order of the model has it."""
    root = read(text)
    assert isinstance(root, MappingNode)
    if root.flow_style:
        return added(text, root, list(data)[-1], on_one_line({key: value})[1:-1])
    top = list(takewhile(lambda each: not isinstance(data[each], dict | list), data))
    if top and not isinstance(value, dict | list):
        return added(text, root, top[-1], pair(key, value, 0))
    above = [each for each in _ORDER[: _ORDER.index(key)] if each in data] if key in _ORDER else []
    return added(text, root, above[-1] if above else list(data)[-1], "\n" + _lines(key, value))


def _lines(key: str, value: Any) -> str:
    """A key of the sequence with its mappings and its items on lines of their own."""
    if isinstance(value, dict) and value:
        return f"{key}:\n" + "\n".join(f"  {pair(name, each, 2)}" for name, each in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{key}:\n" + "\n\n".join(f"  - {_item(each, 2)}" for each in value)
    return pair(key, value, 0)


def _item(value: Any, dash: int) -> str:
    """What follows the dash of an item, a key on each line."""
    if not isinstance(value, dict) or not value:
        return on_one_line(value)
    return ("\n" + " " * (dash + 2)).join(pair(key, each, dash + 2) for key, each in value.items())


def _line_of(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _above(text: str, line: int, lowest: int, *, blank: bool = False) -> int:
    """Where the comment lines directly above a line begin, or the blank lines; not above ``lowest``."""
    while line > lowest:
        before = _line_of(text, line - 1)
        words = text[before:line].strip()
        if before < lowest or (words if blank else not words.startswith("#")):
            break
        line = before
    return line


def _body(text: str, node: SequenceNode, index: int) -> tuple[int, int, int]:
    """Of an item of lines of its own: where its blank lines begin, where its comments begin, and where it ends."""
    start = node.value[index].start_mark.index
    line = _line_of(text, start)
    if text[line:start].strip() != "-":
        raise _refused()
    lowest = end_of_line(text, end_of(node.value[index - 1])) + 1 if index else 0
    body = _above(text, line, lowest)
    end = min(end_of_line(text, end_of(node.value[index])) + 1, len(text))
    return _above(text, body, lowest, blank=True), body, end


def _item_gone(text: str, node: SequenceNode, index: int) -> Edit:
    gap, body, end = _body(text, node, index)
    if index == 0:
        # The next one comes at its place, without its own blank lines.
        return body, _body(text, node, 1)[1], ""
    return gap, end, ""


def _item_added(text: str, node: SequenceNode, value: Any, *, top: bool) -> Edit:
    bodies = [_body(text, node, each) for each in range(len(node.value))]
    first = node.value[0].start_mark.index
    dash = text.index("-", _line_of(text, first)) - _line_of(text, first)
    apart = any(gap < body for gap, body, _ in bodies[1:]) or (len(bodies) == 1 and top)
    end = end_of_line(text, end_of(node.value[-1]))
    space = "\n" if apart else ""
    return end, end, f"\n{space}{' ' * dash}- {_item(value, dash)}"


def _key_gone(text: str, root: MappingNode, key: str) -> Edit:
    """A key of the sequence, with the comments and blank lines directly above it."""
    keys = [each.value for each, _ in root.value]
    at = keys.index(key)
    start = root.value[at][0].start_mark.index
    lowest = end_of_line(text, end_of_pair(*root.value[at - 1])) + 1 if at else 0
    line = _above(text, _line_of(text, start), lowest)
    begin = _above(text, line, lowest, blank=True) if at else line
    return begin, min(end_of_line(text, end_of_pair(*root.value[at])) + 1, len(text)), ""


def _refused() -> DefinitionError:
    return DefinitionError(
        "this cannot be changed here, because of the way in which the file is written: edit the file"
    )
