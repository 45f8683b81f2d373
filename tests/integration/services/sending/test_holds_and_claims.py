"""A hold and claims at the same moment: once the hold is committed, no send is claimed any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres import queries
from sequences.runs.bulk import BulkOrder
from services.operations.bulk import add_hold
from tests.support.rigs.send import NOW, SendRig, send_rig
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

_SCOPES = [("everything", "all"), ("sequence", "hello"), ("owner", "dana")]


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as rig:
        await rig.publish("hello")
        yield rig


async def _hold(rig: SendRig, scope: str = "everything", key: str = "all") -> None:
    async with rig.database.transaction() as connection:
        await add_hold(connection, scope, key, BulkOrder("order", "pause", "wrong template", by="Dana"), NOW)


async def _claim(connection: Any, send: str) -> Any:
    return await queries.claim_send(
        connection, id=send, claimer="test", now=NOW, span_start=None, cap=None, day=None, owner=None
    )


async def _send(rig: SendRig, run: RunContext) -> str:
    return str((await rig.row(run))["id"])


async def _waits(rig: SendRig, task: asyncio.Task[Any]) -> None:
    """Until a statement waits for a lock of another one, and so the task with it."""
    async with asyncio.timeout(PATIENCE):
        while not await rig.fetch(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        ):
            assert not task.done()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("scope", "key"), _SCOPES)
async def test_a_hold_waits_for_the_claim_under_way_and_forbids_the_next(rig: SendRig, scope: str, key: str) -> None:
    first, second = await _send(rig, await rig.ready("hello")), await _send(rig, await rig.ready("hello"))
    async with rig.database.transaction() as connection:
        assert await _claim(connection, first) is not None
        holding = asyncio.create_task(_hold(rig, scope, key))
        await _waits(rig, holding)
    await holding
    async with rig.database.statement() as connection:
        assert await _claim(connection, second) is None


@pytest.mark.parametrize(("scope", "key"), _SCOPES)
async def test_a_claim_that_begins_before_the_commit_of_a_hold_sees_it(rig: SendRig, scope: str, key: str) -> None:
    send = await _send(rig, await rig.ready("hello"))

    async def claimed() -> Any:
        async with rig.database.statement() as connection:
            return await _claim(connection, send)

    async with rig.database.transaction() as connection:
        await add_hold(connection, scope, key, BulkOrder("order", "pause"), NOW)
        claiming = asyncio.create_task(claimed())
        await _waits(rig, claiming)
    assert await claiming is None


async def test_of_many_claimers_none_claims_after_the_commit(rig: SendRig) -> None:
    sends = [await _send(rig, await rig.ready("hello")) for _ in range(80)]
    begun = asyncio.Event()
    claimed = []

    async def claim_some(mine: list[str]) -> None:
        for send in mine:
            async with rig.database.statement() as connection:
                if await _claim(connection, send) is not None:
                    claimed.append(send)
            if len(claimed) > 10:
                begun.set()

    claimers = [asyncio.create_task(claim_some(sends[number::4])) for number in range(4)]
    await begun.wait()
    await _hold(rig)
    count = "SELECT count(*) AS n FROM send WHERE state = 'claimed'"
    at_the_commit = (await rig.fetch(count))[0]["n"]
    await asyncio.gather(*claimers)
    assert (await rig.fetch(count))[0]["n"] == at_the_commit == len(claimed)
    assert 10 < len(claimed) < 80


async def test_what_is_on_hold_goes_once_when_the_hold_is_over(rig: SendRig) -> None:
    run = await rig.ready("hello")
    await _hold(rig)
    came = await rig.send(run)
    assert getattr(came, "why", "") == "held"
    assert rig.wire.handed == []
    async with rig.database.transaction() as connection:
        await queries.end_hold(connection, scope="everything", key="all", at=NOW, by="Dana", due=None)
    await rig.send(run)
    await rig.send(run)
    assert rig.wire.handed == ["p1@client.example"]
