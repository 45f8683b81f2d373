"""The console on a real port with a real Postgres, as a browser on this machine reaches it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.console import LOCAL
from tests.support.rigs.api import ApiRig, open_api_rig


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, public_url=LOCAL) as api:
        yield api
