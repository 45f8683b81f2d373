"""Users of the console and browsers that are signed in, for tests of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from sequences.access.role import Role
from services.access.audit import CLI
from services.access.sessions import start_session
from services.access.users import Invitation, User, invite
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig

LOCAL = "http://127.0.0.1:8080"
"""The public address with which a browser on this machine may sign in: ``open_api_rig(url, public_url=LOCAL)``."""
COOKIE = "relance_session"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on our own page."""


async def new_user(api: ApiRig, role: Role = Role.RECRUITER, email: str = "", **more: Any) -> User:
    """A user who may sign in."""
    async with api.database.transaction() as connection:
        made = await invite(connection, CLI, Invitation(email or f"{role}@agency.example", role, **more), api.now)
        return made.user


async def session_of(api: ApiRig, user: User) -> str:
    """A session of theirs: the value of its cookie."""
    async with api.database.transaction() as connection:
        started = await start_session(connection, user.id, "Firefox/140.0 on a test", "127.0.0.1", api.now)
        return started.token


async def browser_of(api: ApiRig, user: User) -> httpx.AsyncClient:
    """A browser in which they are signed in; its forms come from our own pages."""
    return a_browser(api, {COOKIE: await session_of(api, user)})


def a_browser(api: ApiRig, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A browser that follows nothing by itself."""
    return httpx.AsyncClient(
        base_url=f"{str(api.http.base_url).rstrip('/')}/console",
        headers=OWN_PAGE,
        cookies=cookies,
        trust_env=False,
        timeout=PATIENCE,
    )
