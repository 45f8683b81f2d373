"""Careful looks into the plain values of a file that may have any shape.

The checks work on plain values and not on models, so that one wrong key does not hide what else is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from sequences.checking.problems import Loc
from sequences.errors import GrammarError

T = TypeVar("T")


def mapping(value: object) -> Mapping[str, Any]:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The list, or an empty one."""
    return list(value) if isinstance(value, (list, tuple)) else []


def mappings(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The entries of a list that are mappings, with their indexes."""
    return ((i, item) for i, item in enumerate(items(value)) if isinstance(item, dict))


def parsed(parser: Callable[[str], T], value: object) -> T | None:
    """What the parser reads, or None when the value is no text or follows no grammar (the models report that)."""
    try:
        return parser(value) if isinstance(value, str) else None
    except GrammarError:
        return None


def follow_ups(data: Mapping[str, Any]) -> Iterator[tuple[Loc, str, Any]]:
    """Every follow-up in steps and reactions: where it is, its kind and what it says."""
    for key in ("steps", "reactions"):
        for i, owner in mappings(data.get(key)):
            for j, item in mappings(owner.get("do")):
                for kind, body in item.items():
                    yield (key, i, "do", j, kind), kind, body


def values(body: object, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    """A single value or the values of a list, with their locations; those of ``any_of`` and ``all_of`` too."""
    if isinstance(body, dict):
        for key, listed in body.items():
            yield from values(listed, (*loc, key))
    elif isinstance(body, (list, tuple)):
        yield from (((*loc, i), value) for i, value in enumerate(body))
    else:
        yield loc, body
