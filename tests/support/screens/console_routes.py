"""The routes of the console, for walks over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.routing import APIRoute

from starter.console.app import create_console
from tests.support.rigs.api import ApiRig, ways_for
from tests.support.screens.routes import walk

if TYPE_CHECKING:
    from tests.support.screens.full_world import FullWorld

# Parts of pages that are asked for by their address.
_PARTS = {
    "/": ("whose=everyone",),
    "/audit": ("since=2027-05-01&subject=person:p2",),
    "/calendar": ("later=1", "view=month", "view=day"),
    "/deliverability": ("numbers=1",),
    "/health": ("whole=true",),
    "/help": ("q=mailbox",),
    "/inbox": ("show=all",),
    "/next-steps": ("later=1", "which=waits"),
    "/people": ("q=ben",),
    "/people/{person_id}": ("sequence=hello",),
    "/sequences": ("numbers=1",),
    "/sequences/{name}": ("view=people", "view=versions", "view=settings", "by=owner", "by=week", "by=variant"),
    "/sequences/{name}/rules": ("counts=1", "scan=1"),
    "/sequences/{name}/edit/rules": ("counts=1",),
    "/settings": ("part=retention", "part=owners", "part=fields"),
    "/statistics": ("by=owner", "since=all"),
    "/suppressions": ("words=p2",),
}


def console_routes(api: ApiRig, method: str) -> list[APIRoute]:
    """Those with that method that need a session, but for signing out."""
    app: FastAPI = create_console(ways_for(api))
    found = [route for route in walk(app.routes) if method in (route.methods or ())]
    return [route for route in found if not route.path.startswith(("/sign-in", "/static", "/sign-out"))]


def console_pages(api: ApiRig, world: FullWorld) -> Iterator[tuple[APIRoute, str]]:
    """Each page with its address in a world, and again for each part of it that has an address of its own."""
    for route in console_routes(api, "GET"):
        path = world.address(route)
        yield route, path
        for query in _PARTS.get(route.path, ()):
            yield route, f"{path}{'&' if '?' in path else '?'}{query}"
