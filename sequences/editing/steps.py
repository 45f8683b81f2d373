"""Edits of the steps of a sequence file: one is moved, goes, comes, or says something else.

A step takes along the comments above it; blank lines stay where they are. What came out is read again and compared
with what was meant, so that an edit that would say something else (a step written as an alias, an anchor that moved
behind its aliases) is refused, and the author edits the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from sequences.checking.yaml_document import read_document
from sequences.editing.nodes import added, applied, end_of, named, pair_of, read, removed, span, value_of
from sequences.editing.plain import scalar
from sequences.errors import DefinitionError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ruamel.yaml.nodes import Node


def moved(text: str, step: str, place: int) -> str:
    """The file with a step at another place among the steps.

    Args:
        text: of the file.
        step: id of the step.
        place: counted from 0; beyond the ends means the first or the last.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: the file cannot be edited so.
    """
    steps = _steps(text)
    at = place_of(text, step)
    order = [each for each in range(len(steps)) if each != at]
    order.insert(max(0, min(place, len(order))), at)
    data = _data(text)
    wanted = {**data, "steps": [data["steps"][each] for each in order]}
    return _as_meant(_reordered(text, order), wanted)


def without(text: str, step: str) -> str:
    """The file without a step.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: it is the only one, or the file cannot be edited so.
    """
    steps, at = _steps(text), place_of(text, step)
    if len(steps) == 1:
        raise DefinitionError("a sequence has at least one step")
    data = _data(text)
    wanted = {**data, "steps": [each for number, each in enumerate(data["steps"]) if number != at]}
    return _as_meant(_reordered(text, [each for each in range(len(steps)) if each != at]), wanted)


def with_step(text: str, after: str, values: Mapping[str, str]) -> str:
    """The file with a new step.

    Args:
        text: of the file.
        after: id of the step above it; empty: it becomes the first.
        values: of its keys, in their order.

    Raises:
        NotFoundError: there is no step of that id.
        DefinitionError: the file cannot be edited so.
    """
    at = place_of(text, after) + 1 if after else 0
    data = _data(text)
    wanted = {**data, "steps": [*data["steps"][:at], dict(values), *data["steps"][at:]]}
    node = _list(text)
    said = [f"{key}: {scalar(value)}" for key, value in values.items()]
    if node.flow_style:
        item = "{" + ", ".join(said) + "}"
        if at:
            end = end_of(node.value[at - 1])
            return _as_meant(text[:end] + f", {item}" + text[end:], wanted)
        start = node.value[0].start_mark.index
        return _as_meant(text[:start] + f"{item}, " + text[start:], wanted)
    area = _Area.of(text, node)
    indent = " " * area.dash
    body = f"{indent}- " + f"\n{indent}  ".join(said) + "\n"
    bodies, gaps = list(area.bodies), list(area.gaps)
    bodies.insert(at, body)
    gaps.insert(max(at, 1), "\n" if any(gaps[1:]) or len(gaps) == 1 else "")
    return _as_meant(area.written(bodies, gaps), wanted)


def with_values(text: str, step: str, values: Mapping[str, str | None]) -> str:
    """The file in which keys of a step say something else.

    Args:
        text: of the file.
        step: id of the step.
        values: by key; None: the step has no such key any more.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: the file cannot be edited so.
    """
    for key, value in values.items():
        at, data = place_of(text, step), _data(text)
        before = data["steps"][at]
        after = {name: each for name, each in before.items() if name != key} | ({} if value is None else {key: value})
        if before == after:
            continue
        node = named(value_of(read(text), "steps"), "id", step)
        if value is None:
            edit = removed(text, node, key)
        elif pair_of(node, key) is None:
            edit = added(
                text, node, "when" if key != "when" and pair_of(node, "when") else "id", f"{key}: {scalar(value)}"
            )
        else:
            edit = (*span(value_of(node, key)), scalar(value))
        text = _as_meant(
            applied(text, [edit]), {**data, "steps": [*data["steps"][:at], after, *data["steps"][at + 1 :]]}
        )
    return text


@dataclass(frozen=True)
class _Area:
    """The lines of the steps.

    Attributes:
        above: everything up to the line with ``steps:``.
        gaps: the blank lines above each step.
        bodies: each step with the comments above it.
        below: everything behind the last step.
        dash: column of the dashes.
    """

    above: str
    gaps: tuple[str, ...]
    bodies: tuple[str, ...]
    below: str
    dash: int

    @classmethod
    def of(cls, text: str, node: SequenceNode) -> _Area:
        lines = text.splitlines(keepends=True)
        first = node.value[0].start_mark.line
        begin = first
        while begin and (not lines[begin - 1].strip() or lines[begin - 1].lstrip().startswith("#")):
            begin -= 1
        gaps, bodies, at = [], [], begin
        for item in node.value:
            end = text.count("\n", 0, max(end_of(item) - 1, 0)) + 1
            if not at <= item.start_mark.line < end:
                raise _aliases()
            start = at
            while not lines[start].strip():
                start += 1
            gaps.append("".join(lines[at:start]))
            bodies.append("".join(lines[start:end]))
            at = end
        dash = len(lines[first]) - len(lines[first].lstrip())
        return cls("".join(lines[:begin]), tuple(gaps), tuple(bodies), "".join(lines[at:]), dash)

    def written(self, bodies: Sequence[str], gaps: Sequence[str]) -> str:
        pieces = [gap + body for gap, body in zip(gaps, bodies, strict=True)]
        return self.above + "".join(pieces) + self.below


def _reordered(text: str, order: Sequence[int]) -> str:
    """The steps of these numbers in this order; the others go."""
    node = _list(text)
    if not node.flow_style:
        area = _Area.of(text, node)
        kept = [area.gaps[0], *(area.gaps[each] for each in sorted(order)[1:])]
        return area.written([area.bodies[each] for each in order], kept)
    spans = [span(item) for item in node.value]
    if any(start >= end or start < before for (start, end), (_, before) in zip(spans[1:], spans, strict=False)):
        raise _aliases()
    words = [text[start:end] for start, end in spans]
    edits = [(*spans[place], words[each]) for place, each in enumerate(order)]
    edits += [(spans[place - 1][1], spans[place][1], "") for place in range(len(order), len(spans))]
    return applied(text, edits)


def _as_meant(text: str, wanted: Any) -> str:
    document = read_document(text)
    if not document.readable or document.flaws or document.data != wanted:
        raise _aliases()
    return text


def _aliases() -> DefinitionError:
    return DefinitionError(
        "this cannot be changed here, because of the way in which the file is written: edit the file"
    )


def _data(text: str) -> Any:
    return read_document(text).data


def _steps(text: str) -> list[Node]:
    """The steps, each a mapping."""
    return list(_list(text).value)


def _list(text: str) -> SequenceNode:
    document = read_document(text)
    if not document.readable or document.flaws or not isinstance(document.data, dict):
        raise DefinitionError("the file cannot be read: correct it first")
    try:
        node = value_of(read(text), "steps")
    except (KeyError, YAMLError):
        raise DefinitionError("the file has no steps") from None
    if not isinstance(node, SequenceNode) or not all(isinstance(item, MappingNode) for item in node.value):
        raise DefinitionError("the steps cannot be read: correct the file first")
    return node


def place_of(text: str, step: str) -> int:
    """Which of the steps it is, counted from 0.

    Raises:
        NotFoundError: there is no such step.
        DefinitionError: the file cannot be read.
    """
    for index, item in enumerate(_steps(text)):
        pair = pair_of(item, "id")
        if pair is not None and pair[1].value == step:
            return index
    raise NotFoundError(f"the draft has no step {step!r} any more")
