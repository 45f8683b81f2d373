"""Each CRM on a real port, with the adapter that speaks to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.crm.connected import WORLDS, Kit, open_kit


@pytest_asyncio.fixture(params=sorted(WORLDS))
async def kit(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    async with open_kit(request.param) as kit:
        yield kit
