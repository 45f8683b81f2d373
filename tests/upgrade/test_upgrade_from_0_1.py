"""0.1 with open runs becomes this release: nothing is lost, nothing is sent twice, and what 0.1 left undone is done."""

from __future__ import annotations

from adapters.postgres import migrations
from tests.flows.conftest import open_flow
from tests.upgrade.conftest import Old


async def test_open_runs_go_on(old: Old, tmp_path):
    await migrations.apply(old.database_url)
    async with open_flow(old.database_url, old.temporal, tmp_path) as flow:
        print(await flow.services.database.pool.fetch("select id, sequence, record_id, state, reason from enrollment"))
        import asyncio

        await asyncio.sleep(10)
        for r in await flow.services.database.pool.fetch(
            "select id, sequence, record_id, state, reason from enrollment"
        ):
            print(dict(r))
