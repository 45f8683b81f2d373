"""Payloads as the SDK writes and reads them, without looking at the fields of a message anew each time.

The SDK's own converter evaluates the annotations of a dataclass for every message it reads, and copies every message
that it writes. What is on the wire is the same, byte for byte; what is read follows the same rules. They are the SDK's
own (``value_to_type``) in all but the reading of a dataclass, which it offers a hook for.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Self, Union, get_args, get_origin, get_type_hints

from temporalio.converter import (
    AdvancedJSONEncoder,
    CompositePayloadConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    JSONTypeConverter,
    value_to_type,
)

if TYPE_CHECKING:
    from temporalio.converter import SerializationContext

# Every message that we have is in it; in the sandbox, a class that a workflow's file defines is another one each time.
_KINDS_KEPT = 256


class _MessageReader(JSONTypeConverter):
    """Reads dataclasses: missing fields take their default, unknown ones are skipped."""

    def to_typed_value(self, hint: type, value: Any) -> Any:
        """The message; ``Unhandled`` for every other type.

        Raises:
            TypeError: it is no such message, or lacks a field without a default.
        """
        if not dataclasses.is_dataclass(hint):
            return JSONTypeConverter.Unhandled
        if not isinstance(value, dict):
            raise TypeError(f"Cannot convert to dataclass {hint}, value is {type(value)} not dict")
        given = {}
        for name, kind, optional in _fields(hint):
            if name in value:
                try:
                    given[name] = _read(kind, value[name], optional=optional)
                except Exception as error:
                    raise TypeError(f"Failed converting field {name} on dataclass {hint}") from error
        return hint(**given)


class _MessageWriter(AdvancedJSONEncoder):
    """Writes dataclasses without copying what is in them first."""

    def default(self, o: Any) -> Any:
        """What JSON can hold of ``o``; the encoder goes on with what is inside."""
        if dataclasses.is_dataclass(o) and not isinstance(o, type):
            return {field.name: getattr(o, field.name) for field in dataclasses.fields(o)}
        return super().default(o)


def _read(kind: Any, value: Any, *, optional: bool) -> Any:
    if value is None and optional:
        return None
    # A text, number or truth value that is one already; an enum, an instant or a list is not what JSON makes.
    return value if type(value) is kind else value_to_type(kind, value, _READERS)


@lru_cache(_KINDS_KEPT)
def _fields(message: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name and type of each field, and whether it may be None besides."""
    hints = get_type_hints(message)
    return tuple((field.name, *_apart(hints[field.name])) for field in dataclasses.fields(message))


def _apart(hint: Any) -> tuple[Any, bool]:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    others = [kind for kind in kinds if kind is not NoneType]
    return (others[0], len(kinds) > 1) if len(others) == 1 else (hint, False)


_READERS = (_MessageReader(),)
_JSON = JSONPlainPayloadConverter(encoder=_MessageWriter, custom_type_converters=_READERS)


_CONVERTERS = {
    each.encoding.encode(): _JSON if isinstance(each, JSONPlainPayloadConverter) else each
    for each in DefaultPayloadConverter.default_encoding_payload_converters
}


class MessageConverter(CompositePayloadConverter):
    """The SDK's default converter, but for its JSON. Every run gets an instance; all of them share what is inside."""

    def __init__(self) -> None:
        self.converters = _CONVERTERS

    def with_context(self, context: SerializationContext) -> Self:
        """The same: what a payload is does not depend on where it goes."""
        return self
