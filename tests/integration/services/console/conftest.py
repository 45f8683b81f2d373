"""A small world with the app's rig: owners dana (o1) and kim (o2), and who looks at them."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.rigs.api import ApiRig, open_api_rig


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        await api.execute(
            "INSERT INTO owner (id, first_name, last_name, email) VALUES "
            "('o1', 'Dana', 'Reed', 'dana@agency.example'), ('o2', 'Kim', 'Lee', 'kim@agency.example')"
        )
        yield api
