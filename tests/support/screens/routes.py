"""The routes of an app, for walks over all of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi.routing import APIRoute


def walk(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """All routes, those of included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from walk(route.original_router.routes)
