"""Gives models a key for each registered channel: a channel is added in ``sequences.channels`` and nowhere here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_PUT: Final[dict[type[BaseModel], frozenset[str]]] = {}
"""What was put before, which goes when it is put no more."""


def put_keys(model: type[BaseModel], keys: Mapping[str, FieldInfo], *, after: str = "") -> None:
    """Adds fields to a model, or replaces those that it has, and compiles it again.

    Models that contain it must be compiled after it (``model_rebuild(force=True)``).

    Args:
        model: the class; its name and identity stay.
        keys: the fields.
        after: name of the field behind which new ones come; empty: in front.
    """
    fields: dict[str, Any] = model.__pydantic_fields__
    earlier = _PUT.get(model, frozenset())
    kept = {name: info for name, info in fields.items() if name not in keys and name not in earlier}
    ordered: dict[str, Any] = dict(keys) if not after else {}
    for name, info in kept.items():
        ordered[name] = info
        if name == after:
            ordered |= keys
    _PUT[model] = frozenset(keys)
    fields.clear()
    fields.update(ordered)
    model.model_rebuild(force=True)
