"""The field catalogue. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from services.reading.fields import FieldLine, field_lines
from starter.http.list_parameters import RecordType

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


def router(ways: Ways) -> APIRouter:
    """``/fields``."""
    routes = APIRouter(tags=["auto-enrollment"])

    @routes.get("/fields", summary="The fields that templates, rules, stop rules and set_field may name")
    async def list_fields(record: RecordType | None = None) -> list[FieldLine]:
        return list(field_lines(ways.settings.catalogue(), record or ""))

    return routes
