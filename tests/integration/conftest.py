"""The app on a real port with a real Postgres; only Temporal is scripted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.intake.mail import MailIntake
from starter.composition import organisation_of
from tests.support.described import Described
from tests.support.kept_apps import app_of
from tests.support.rigs.api import ApiRig, open_api_rig, ways_for


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        yield api


@pytest.fixture
def mail_intake(api: ApiRig) -> MailIntake:
    return MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake)


@pytest.fixture
def asking(api: ApiRig) -> Callable[..., Any]:
    """Opens the app in this process with other parts in it; gives a function that asks it, with the bearer token."""

    @asynccontextmanager
    async def opened(**parts: Any) -> AsyncIterator[Callable[..., Awaitable[httpx.Response]]]:
        ways = replace(ways_for(api), **parts)
        with app_of(ways) as app:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            hooks = {"response": [Described(app, ways).check]}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://relance.example", event_hooks=hooks
            ) as client:

                async def call(method: str, path: str, *, proof: bool = True, **more: Any) -> httpx.Response:
                    token = api.settings.bearer_tokens()[0].decode()
                    return await client.request(
                        method, path, headers={"Authorization": f"Bearer {token}"} if proof else {}, **more
                    )

                yield call

    return opened
