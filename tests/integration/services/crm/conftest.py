"""A CRM on a real port and a real Postgres."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.crm.rig import CrmRig, open_crm_rig
from tests.support.rigs.api import open_api_rig


@pytest_asyncio.fixture
async def crm(database_url: str) -> AsyncIterator[CrmRig]:
    async with open_api_rig(database_url, operator="operator") as api, open_crm_rig(api) as rig:
        yield rig
