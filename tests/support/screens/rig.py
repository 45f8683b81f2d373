"""The console on a real port with a real Postgres, seen by a viewer of the test's choice: nobody has to sign in."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Mount

from adapters.loop_server import LoopServer
from sequences.access.viewer import Viewer
from services.access.sessions import SignedIn
from starter.console.app import PATH
from starter.console.session import signed_in
from tests.support.kept_apps import app_of
from tests.support.rigs.api import ApiRig, open_api_rig, ways_for
from tests.support.screens.html import faults, parse, text_of
from tests.support.screens.samples import LEAD

# As browsers do.
_OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class ConsoleRig:
    """A console, who looks at it and whether they proved lately who they are, and what it reads."""

    api: ApiRig
    url: str
    http: httpx.AsyncClient
    viewer: Viewer = field(default=LEAD)
    proved: bool = True

    async def page(self, path: str, status: int = 200) -> str:
        """A whole page, without faults."""
        answer = await self.http.get(PATH + path)
        assert answer.status_code == status, answer.text
        assert faults(answer.text) == []
        return answer.text

    async def text(self, path: str) -> str:
        """What the middle of a page says, in one line."""
        (main,) = parse(await self.page(path)).xpath("//main")
        return text_of(main)

    async def fragment(self, path: str) -> str:
        """What htmx would get."""
        answer = await self.http.get(PATH + path, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.text
        assert faults(answer.text, whole=False) == []
        return answer.text

    async def act(self, path: str, /, *, fragment: bool = False, **form: str) -> httpx.Response:
        """Sends a form as a page does, with a new key unless one is given."""
        headers = {"HX-Request": "true"} if fragment else {}
        return await self.http.post(PATH + path, data={"key": secrets.token_hex(8), **form}, headers=headers)

    def see(self, **changes: Any) -> None:
        """Another viewer, or the same with another role."""
        self.viewer = replace(self.viewer, **changes)


def console_of(app: FastAPI) -> FastAPI:
    """The console inside the whole app."""
    found = next(route for route in app.routes if isinstance(route, Mount) and route.path == PATH)
    assert isinstance(found.app, FastAPI)
    return found.app


@asynccontextmanager
async def open_console_rig(database_url: str, viewer: Viewer = LEAD, **parts: Any) -> AsyncIterator[ConsoleRig]:
    """Opens it; ``parts`` go into the app instead of those of the API's rig."""
    async with open_api_rig(database_url, public_url="https://relance.agency.example") as api:
        with app_of(replace(ways_for(api), **parts)) as app:
            server = LoopServer(app, "127.0.0.1", 0)
            await server.start()
            url = f"http://127.0.0.1:{server.port}"
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, headers=_OURS) as http:
                rig = ConsoleRig(api, url, http, viewer)
                console = console_of(app)
                console.dependency_overrides[signed_in] = lambda: SignedIn(
                    "s1", rig.viewer, api.now if rig.proved else None
                )
                try:
                    yield rig
                finally:
                    del console.dependency_overrides[signed_in]
            await server.stop()


def without_keys(html: str) -> str:
    """A page without what is random in it."""
    return re.sub(r'name="key" value="[^"]*"', 'name="key"', html)
