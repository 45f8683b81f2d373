"""``auto_enroll:`` of a sequence file, edited: conditions and limits change, and all of it is switched off and on.

What is switched off stays in the file as comments, so that it can be switched on again; the file of a new sequence has
an example that is switched off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml.nodes import MappingNode

from sequences.checking.yaml_document import read_document
from sequences.editing.nodes import applied, end_of, end_of_line, end_of_pair, pair_of, read
from sequences.editing.plain import pair_on_one_line
from sequences.editing.rewrite import data_of, rewritten, same
from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ruamel.yaml.nodes import Node

KEY: Final = "auto_enroll"
GROUPS: Final = ("historical", "qualitative", "real")
"""In the order in which people read them, and in which they are written."""
WINDOW: Final = "prevent_reenrollment_within"
_ORDER: Final = (*GROUPS, WINDOW, "assigned_by", "hold_above", "max_per_day", "cycle_protection")
_SWITCHED_OFF: Final = re.compile(rf"(#[ \t]?){KEY}:(?=\s|$)")


@dataclass(frozen=True)
class SwitchedOff:
    """Rules that are comments.

    Attributes:
        text: the whole file with them switched on.
        rules: what they say.
    """

    text: str
    rules: Mapping[str, Any]


def rules_of(text: str) -> Mapping[str, Any] | None:
    """What the file says of automatic enrollment, as plain values; None: nothing.

    Raises:
        DefinitionError: the file cannot be read, or the key holds something that is no rule.
    """
    data = data_of(text)
    rules = data.get(KEY)
    if rules is None:
        return None
    if not isinstance(rules, dict) or not all(isinstance(rules.get(group) or {}, dict) for group in GROUPS):
        raise DefinitionError("the rules cannot be read: correct the file first")
    return rules


def with_condition(text: str, group: str, name: str, written: Any) -> str:
    """The file with a condition, in place of one about the same field in the same group.

    Args:
        text: of the file.
        group: one of ``GROUPS``.
        name: of a field or an event.
        written: plain, as ``sequences.editing.conditions`` writes it.

    Raises:
        DefinitionError: the file cannot be edited so.
    """
    rules = rules_of(text) or {}
    return _with(text, {**rules, group: {**(rules.get(group) or {}), name: written}})


def without_condition(text: str, group: str, name: str) -> str:
    """The file without a condition. A group without conditions goes too, and so do rules that say nothing more.

    Raises:
        DefinitionError: the file cannot be edited so.
    """
    rules = rules_of(text) or {}
    left = {key: each for key, each in (rules.get(group) or {}).items() if key != name}
    return _with(text, {**rules, group: left})


def with_limits(text: str, limits: Mapping[str, str | int | None]) -> str:
    """The file with other limits.

    Args:
        text: of the file.
        limits: by key, such as ``hold_above``; None: the key goes.

    Raises:
        DefinitionError: the file has no rules, or cannot be edited so.
    """
    rules = rules_of(text)
    if rules is None:
        raise DefinitionError("the sequence has no rules: add a condition first")
    return _with(text, {**rules, **limits})


def switched_off(text: str) -> str:
    """The file with its rules as comments.

    Raises:
        DefinitionError: it cannot be edited so.
    """
    data = data_of(text)
    root = read(text)
    pair = pair_of(root, KEY)
    if pair is None:
        return text
    first = pair[0].start_mark.line
    last = text.count("\n", 0, max(end_of_pair(*pair) - 1, 0))
    lines = text.splitlines(keepends=True)
    for number in range(first, last + 1):
        lines[number] = f"# {lines[number]}" if lines[number].strip() else "#\n"
    changed = "".join(lines)
    document = read_document(changed)
    left = {key: each for key, each in data.items() if key != KEY}
    if not _has_lines(root) or not document.readable or document.flaws or not same(document.data, left):
        raise DefinitionError(
            "this cannot be switched off here, because of the way in which the file is written: edit the file"
        )
    return changed


def kept_switched_off(text: str) -> SwitchedOff | None:
    """The rules that are comments in a file without rules; None: there are none that could be switched on."""
    data = data_of(text)
    if KEY in data:
        return None
    lines = text.splitlines(keepends=True)
    for first, line in enumerate(lines):
        begins = _SWITCHED_OFF.match(line)
        if begins is None:
            continue
        bare = [*_uncommented(lines[first:], begins[1])]
        changed = "".join([*lines[:first], *bare, *lines[first + len(bare) :]])
        document = read_document(changed)
        rules = document.data.get(KEY) if document.readable and isinstance(document.data, dict) else None
        if isinstance(rules, dict) and rules and not document.flaws and same(document.data, {**data, KEY: rules}):
            return SwitchedOff(changed, rules)
    return None


def switched_on(text: str) -> str:
    """The file whose rules are no comments any more.

    Raises:
        DefinitionError: there are none that could be switched on.
    """
    found = kept_switched_off(text)
    if found is None:
        raise DefinitionError("the file has no rules that are switched off")
    return found.text


def _uncommented(lines: Sequence[str], sign: str) -> Iterator[str]:
    """The lines of a part that is a comment, without the sign; the part ends with the last line that is indented."""
    blank = []
    for number, line in enumerate(lines):
        bare = line.removeprefix(sign)
        if line.strip() == "#":
            blank.append(line.replace("#", "", 1))
        elif number == 0 or (bare != line and bare[:1] in (" ", "\t", "#")):
            yield from blank
            blank = []
            yield bare
        else:
            return


def _with(text: str, rules: Mapping[str, Any]) -> str:
    """The file with these rules, without keys that say nothing."""
    data = data_of(text)
    left = {key: rules[key] for key in _order(rules) if rules[key] is not None and rules[key] != {}}
    wanted = {key: each for key, each in data.items() if key != KEY} | ({KEY: left} if left else {})
    for lines in (_with_new_part, _with_new_groups):
        changed = lines(text, left)
        document = read_document(changed)
        # What cannot be written on lines of its own is written on one.
        if document.readable and not document.flaws:
            text = changed
    return rewritten(text, wanted)


def _with_new_part(text: str, rules: Mapping[str, Any]) -> str:
    """The file with a part for the rules, on lines of its own."""
    root = read(text)
    if pair_of(root, KEY) is not None or not rules or not _has_lines(root):
        return text
    end = end_of_line(text, end_of(root))
    apart = "\n" if "\n\n" in text else ""
    groups = {group: rules[group] for group in GROUPS if group in rules}
    lines = [f"\n{apart}{KEY}:", *(_group(group, each, 2) for group, each in groups.items())]
    return text[:end] + "".join(lines) + text[end:]


def _with_new_groups(text: str, rules: Mapping[str, Any]) -> str:
    """The file with a part for each group that its rules do not have yet, on lines of its own."""
    part = pair_of(read(text), KEY)
    if part is None or not _has_lines(part[1]):
        return text
    known = [str(name.value) for name, _ in part[1].value]
    edits = []
    for group in GROUPS:
        if group not in rules or group in known:
            continue
        above = [name for name in GROUPS[: GROUPS.index(group)] if name in known]
        behind = pair_of(part[1], above[-1] if above else known[0])
        assert behind is not None
        end = end_of_line(text, end_of_pair(*behind))
        edits.append((end, end, _group(group, rules[group], behind[0].start_mark.column)))
    return applied(text, edits)


def _has_lines(node: Node) -> bool:
    """Each key is on a line of its own."""
    return isinstance(node, MappingNode) and not node.flow_style


def _group(group: str, conditions: Mapping[str, Any], column: int) -> str:
    lines = [f"\n{' ' * column}{group}:"]
    lines += [f"\n{' ' * (column + 2)}{pair_on_one_line(name, each)}" for name, each in conditions.items()]
    return "".join(lines)


def _order(rules: Mapping[str, Any]) -> list[str]:
    return [*(key for key in _ORDER if key in rules), *(key for key in rules if key not in _ORDER)]
