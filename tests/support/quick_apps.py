"""An app is made for each test, and most of that time goes into pydantic's schemas of the same fields: kept here."""

from __future__ import annotations

from typing import Any

from fastapi._compat import v2
from pydantic import TypeAdapter

_KEPT: dict[tuple[Any, ...], tuple[Any, TypeAdapter[Any]]] = {}


def keep_schemas() -> None:
    """From now on FastAPI makes the schema of a field once a process; validation is what it was."""
    if v2.TypeAdapter is TypeAdapter:  # type: ignore[attr-defined]
        v2.TypeAdapter = _kept  # type: ignore[assignment, attr-defined]


def _kept(annotated: Any, **more: Any) -> TypeAdapter[Any]:
    annotation, metadata = annotated.__origin__, list(annotated.__metadata__)
    key = (annotation, *map(repr, metadata), repr(more))
    try:
        found = _KEPT.get(key)
    except TypeError:
        return TypeAdapter(annotated, **more)
    if found is None:
        # What the key was made of stays alive, so that no address in a text is used again.
        found = _KEPT[key] = (annotated, TypeAdapter(annotated, **more))
    return found[1]
