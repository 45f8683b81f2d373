"""How long data is kept, and what the passes that remove it do. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from services.retention.overview import RetainedClass, retention_overview

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class RetentionOverview(BaseModel):
    """Every class of data."""

    items: list[RetainedClass]


def router(ways: Ways) -> APIRouter:
    """``/retention``."""
    routes = APIRouter(prefix="/retention", tags=["reading"])

    @routes.get("", summary="How long data is kept, what the next pass removes, and the last pass")
    async def get_retention() -> RetentionOverview:
        async with ways.database.transaction() as connection:
            found = await retention_overview(connection, ways.settings.retention(), ways.clock())
        return RetentionOverview(items=list(found))

    return routes
