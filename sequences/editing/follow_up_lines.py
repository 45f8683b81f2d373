"""Follow-ups as lines of a form, and back. What a line asks for is read from the models of the follow-ups.

A field that was not changed keeps the words of the file, even where a form would write them in another way.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

from sequences.definition import follow_ups
from sequences.definition.durations import DurationUnit, parse_duration_or_zero
from sequences.definition.scalar_types import (
    DefinitionPart,
    DurationOrZero,
    EndpointName,
    Line,
    LongText,
    Slug,
    TemplateName,
    Url,
)
from sequences.editing.rewrite import data_of
from sequences.editing.values import value_at, without
from sequences.errors import GrammarError
from sequences.records.catalogue import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.editing.values import Path

VALUE: Final = "value"
"""What the only field of a follow-up is called that says a single value, such as ``notify``."""


class Asks(enum.StrEnum):
    """What a field of a form takes."""

    LINE = "line"
    TEXT = "text"
    DURATION = "duration"
    CHOICE = "choice"
    SEQUENCE = "sequence"
    TEMPLATE = "template"
    URL = "url"
    FIELDS = "fields"


_ASKS: Final[tuple[tuple[Any, Asks], ...]] = (
    (Line, Asks.LINE),
    (LongText, Asks.TEXT),
    (DurationOrZero, Asks.DURATION),
    (Slug, Asks.SEQUENCE),
    (EndpointName, Asks.LINE),
    (TemplateName, Asks.TEMPLATE),
    (Url, Asks.URL),
    (follow_ups.FieldValues, Asks.FIELDS),
)
"""By the type in the model. A follow-up with another type needs a line here before it can be read at all."""


@dataclass(frozen=True)
class Input:
    """A field of a form.

    Attributes:
        name: of the key, or ``VALUE``.
        choices: of ``CHOICE``, the default first.
        required: the key is always written.
    """

    name: str
    asks: Asks
    choices: tuple[str, ...] = ()
    required: bool = True


def inputs_of(kind: str) -> tuple[Input, ...]:
    """What a follow-up of this kind asks for."""
    cls = next(each for each in follow_ups.CLASSES if kind in each.model_fields)
    hint = _hints(cls)[kind]
    if isinstance(hint, type) and issubclass(hint, DefinitionPart):
        return tuple(_input(hint, name, name) for name in hint.model_fields)
    return (_input(cls, kind, VALUE),)


def fields_of(item: Any) -> dict[str, str] | None:
    """The fields of a follow-up as a form has them; None: it says something that no form can."""
    if not isinstance(item, dict) or len(item) != 1 or next(iter(item)) not in follow_ups.KINDS:
        return None
    ((kind, body),) = item.items()
    inputs = inputs_of(kind)
    single = inputs[0].name == VALUE
    if not single and (not isinstance(body, dict) or body.keys() - {each.name for each in inputs}):
        return None
    found: dict[str, str] = {}
    for each in inputs:
        value = body if single else body.get(each.name)
        fields = _shown(each, value)
        if fields is None:
            return None
        found |= fields
    return found


def changed_item(item: Any, fields: Mapping[str, str], types: Mapping[str, FieldType]) -> Any:
    """A follow-up after a form was sent.

    Args:
        item: as the file says it; ``fields_of`` can say it too.
        fields: as they came.
        types: of the fields that may be written.
    """
    before = fields_of(item)
    if before is None:
        return item
    ((kind, body),) = item.items()
    inputs = inputs_of(kind)
    fields = {**before, **{key: words.replace("\r\n", "\n") for key, words in fields.items()}}
    if inputs[0].name == VALUE:
        return {kind: _written(inputs[0], body, before, fields, types)}
    values = dict(body)
    for each in inputs:
        value = _written(each, body.get(each.name), before, fields, types)
        if value is None:
            values.pop(each.name, None)
        else:
            values[each.name] = value
    return {kind: {each.name: values[each.name] for each in inputs if each.name in values}}


@dataclass(frozen=True)
class LineChanges:
    """What a form says of a list of follow-ups.

    Attributes:
        fields: of those that the form shows, by their place.
        gone: places of those that go.
        more: one that comes; None: none does.
    """

    fields: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    more: Any = None


def changed_lines(text: str, path: Path, change: LineChanges, types: Mapping[str, FieldType]) -> tuple[str, list[Any]]:
    """A list of follow-ups after a form was sent.

    Args:
        text: of the file.
        path: of the list; of one that is not there but its last part is.
        change: as it came.
        types: of the fields that may be written.

    Returns:
        The file without those that go, and the list that is to be in it.

    Raises:
        NotFoundError: there is no such place.
        DefinitionError: the file cannot be edited so.
    """
    there = value_at(data_of(text), path[:-1]).get(path[-1])
    lines = there if isinstance(there, list) else []
    gone = change.gone & set(range(len(lines)))
    items = [
        changed_item(each, change.fields.get(place, {}), types) for place, each in enumerate(lines) if place not in gone
    ]
    # One by one, so that each takes its own comments along and no other's. The last one cannot go before another comes.
    for place in sorted(gone, reverse=True) if items else ():
        text = without(text, (*path, place))
    return text, [*items, change.more] if change.more else items


def new_item(kind: str, source: str, template: str) -> dict[str, Any]:
    """A follow-up to begin with; where only its author knows what to say it is empty, and the check says so.

    Args:
        kind: one of the follow-ups.
        source: of a lead.
        template: name of a message.
    """
    inputs = inputs_of(kind)
    known = {"title": "Call {{ person.full_name }}", "due": "1 day", "source": source}
    if inputs[0].name != VALUE:
        return {kind: {each.name: known.get(each.name, "") for each in inputs if each.required or each.name in known}}
    empty: Mapping[Asks, Any] = {Asks.FIELDS: {}, Asks.TEMPLATE: template}
    colleague = inputs[0].choices == get_args(follow_ups.Colleague)
    return {kind: inputs[0].choices[0] if colleague else empty.get(inputs[0].asks, "")}


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _input(cls: type[DefinitionPart], key: str, name: str) -> Input:
    info = cls.model_fields[key]
    if get_origin(info.annotation) is Literal:
        choices = tuple(str(each) for each in get_args(info.annotation))
        return Input(name, Asks.CHOICE, choices, info.is_required())
    hint = _hints(cls)[key]
    plain = [each for each in (hint, *get_args(hint)) if each is not type(None)]
    asks = next((asks for known, asks in _ASKS if known in plain), None)
    if asks is None:
        raise TypeError(f"no form can ask for {key}: {hint}")
    return Input(name, asks, (), info.is_required())


def _shown(asked: Input, value: Any) -> dict[str, str] | None:
    """A value as the fields of a form; None: no form can show it."""
    name = asked.name
    if asked.asks is Asks.FIELDS:
        return _pairs(value)
    if value is None and not asked.required:
        value = ""
    if not isinstance(value, str) or (asked.asks is not Asks.TEXT and "\n" in value):
        return None
    if asked.asks is Asks.CHOICE and value and value not in asked.choices:
        return None
    if asked.asks is Asks.CHOICE and not asked.required:
        return {name: value or asked.choices[0]}
    if asked.asks is Asks.DURATION:
        if not value:
            return {f"{name}-amount": "", f"{name}-unit": DurationUnit.DAYS.value}
        try:
            found = parse_duration_or_zero(value)
        except GrammarError:
            return None
        return {f"{name}-amount": str(found.amount), f"{name}-unit": found.unit.value}
    return {name: value.strip()}


def _pairs(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    found: dict[str, str] = {}
    for number, (key, each) in enumerate(value.items()):
        words = _word(each)
        if words is None:
            return None
        found |= {f"name-{number}": key, f"value-{number}": words}
    return found or {"name-0": "", "value-0": ""}


def _word(value: Any) -> str | None:
    """A value of a field; None: no form can show it. An empty one empties the field."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            # An empty text is another value than none.
            return value if value and value == value.strip() and "\n" not in value else None
    return None


def _written(
    asked: Input, value: Any, before: Mapping[str, str], fields: Mapping[str, str], types: Mapping[str, FieldType]
) -> Any:
    """The value of one key; None: it is not written."""
    mine = [each for each in before if asked.asks is Asks.FIELDS or each.partition("-")[0] == asked.name]
    if all(fields[each] == before[each] for each in mine):
        return value
    if asked.asks is Asks.FIELDS:
        return _field_values(value, before, fields, types)
    if asked.asks is Asks.DURATION:
        amount, unit = fields[f"{asked.name}-amount"], fields[f"{asked.name}-unit"]
        return f"{amount} {unit.removesuffix('s') if amount == '1' else unit}" if amount else None
    return fields[asked.name] if fields[asked.name] or asked.required else None


def _field_values(
    value: Any, before: Mapping[str, str], fields: Mapping[str, str], types: Mapping[str, FieldType]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in range(len(before) // 2):
        name, words = fields[f"name-{number}"], fields[f"value-{number}"]
        if name:
            kept = before[f"name-{number}"] == name and before[f"value-{number}"] == words
            found[name] = value[name] if kept else typed(words, types.get(name))
    return found


def typed(words: str, kind: FieldType | None) -> str | bool | float | None:
    """What somebody typed as the value of a field of this type; nothing empties it."""
    if not words:
        return None
    if kind is FieldType.BOOLEAN and words.lower() in ("true", "false", "yes", "no"):
        return words.lower() in ("true", "yes")
    if kind is FieldType.NUMBER:
        try:
            return int(words)
        except ValueError:
            return _number(words)
    return words


def _number(words: str) -> str | float:
    try:
        return float(words)
    except ValueError:
        return words
