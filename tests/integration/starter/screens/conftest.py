"""The console with a small world in it, as a lead sees it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.world import RecordedOrders, make_world


@pytest.fixture
def orders() -> RecordedOrders:
    return RecordedOrders()


@pytest_asyncio.fixture
async def console(database_url: str, orders: RecordedOrders) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, bulk=orders) as console:
        yield console


@pytest_asyncio.fixture
async def runs(console: ConsoleRig) -> dict[str, str]:
    return await make_world(console.api)
