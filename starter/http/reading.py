"""What recruiters read: people, tasks, leads, lists, notifications, unmatched replies. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starter.http.ways import Ways

_LISTS = {
    "/people": ("people", "People, by id"),
    "/tasks": ("tasks", "Tasks, the newest first"),
    "/leads": ("leads", "Leads, the newest first"),
    "/lists": ("list_members", "Who is on which list"),
    "/notifications": ("notifications", "What recruiters were told, the newest first"),
    "/unmatched": ("unmatched_inbound", "Replies that belong to no run that we know, the newest first"),
}

Rows = list[dict[str, Any]]


def router(ways: Ways) -> APIRouter:
    """One list a kind."""
    routes = APIRouter(tags=["reading"])
    for path, (query, summary) in _LISTS.items():
        routes.add_api_route(path, _reader(ways, query), methods=["GET"], summary=summary, name=query)
    return routes


def _reader(ways: Ways, query: str) -> Callable[..., Awaitable[Rows]]:
    async def read(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Rows:
        async with ways.database.transaction() as connection:
            return await queries.rows(connection, query, limit=limit)

    return read
