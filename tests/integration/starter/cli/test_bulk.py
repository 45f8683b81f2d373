"""``relance pause-all`` and ``resume-all`` against a real Postgres; Temporal is a recorder behind the same port."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from adapters.temporal import bulk_control
from sequences.errors import UnavailableError
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope, Stage
from starter.cli.main import app
from tests.support.rigs.cli import RecordedRuns

run = CliRunner()


class RecordedOrders:
    """``services.operations.bulk.BulkOrders`` that remembers its orders; each is done at the second look."""

    def __init__(self) -> None:
        self.taken: list[tuple[HoldScope, str, BulkOrder]] = []
        self.looks = 0
        self.error: Exception | None = None

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        self.taken.append((scope, key, order))
        if self.error:
            raise self.error

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        self.looks += 1
        order = self.taken[-1][2]
        stage = Stage.PAUSING if self.looks == 1 else Stage.DONE
        return BulkState(scope, key, order, None, [order.id], stage, done=self.looks, left=2 - self.looks)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch, runs: RecordedRuns) -> RecordedOrders:
    recorded = RecordedOrders()

    monkeypatch.setattr(bulk_control, "TemporalBulk", lambda _client: recorded)
    return recorded


class Bulk:
    """The command, and the rows that it leaves."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def __call__(self, *arguments: str, status: int = 0) -> Any:
        done = await asyncio.to_thread(run.invoke, app, list(arguments))
        assert done.exit_code == status, done.output
        return done.stderr if status else json.loads(done.stdout) if "--json" in arguments else done.stdout

    async def rows(self, query: str) -> list[Any]:
        return list(await self._connection.fetch(query))


@pytest.fixture
async def relance(database_url: str, orders: RecordedOrders, in_environment: None) -> AsyncIterator[Bulk]:
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO owner (id) VALUES ('dana')")

    yield Bulk(connection)
    await connection.close()


async def test_a_pause_is_a_row_and_an_order_and_is_followed_to_its_end(relance: Bulk, orders: RecordedOrders) -> None:
    said = await relance("pause-all", "--owner", "dana", "--reason", "holiday", "--rate", "7", "--json")
    assert said == {"scope": "owner", "key": "dana", "command": "pause", "finished": True, "done": 2, "left": 0}
    rows = await relance.rows("SELECT scope, key, reason, rate, ended_at FROM hold")
    assert [tuple(row) for row in rows] == [("owner", "dana", "holiday", 7, None)]
    scope, key, order = orders.taken[0]
    assert (scope, key, order.kind, order.rate, order.reason) == ("owner", "dana", "pause", 7, "holiday")
    assert order.id.startswith("bulk-control:owner:dana:")


async def test_a_second_pause_finds_the_first_hold_and_a_resume_has_its_mode(
    relance: Bulk, orders: RecordedOrders
) -> None:
    await relance("pause-all", "--owner", "dana")
    await relance("pause-all", "--owner", "dana")
    assert len(await relance.rows("SELECT 1 FROM hold")) == 1
    said = await relance("resume-all", "--owner", "dana", "--mode", "send_one", "--no-follow")
    assert "ordered" in said
    assert (orders.taken[-1][2].mode, orders.taken[-1][2].rate) == ("send_one", 20)


async def test_the_hold_stands_when_temporal_does_not_answer(relance: Bulk, orders: RecordedOrders) -> None:
    orders.error = UnavailableError("Temporal did not answer in time")
    await relance("pause-all", "--owner", "dana", status=5)
    assert len(await relance.rows("SELECT 1 FROM hold WHERE ended_at IS NULL")) == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["pause-all"], 2),
        (["pause-all", "--owner", "dana", "--sequence", "x"], 2),
        (["pause-all", "--owner", "dana", "--rate", "0"], 2),
        (["pause-all", "--owner", "nobody"], 3),
        (["pause-all", "--sequence", "none"], 3),
        (["resume-all", "--owner", "dana"], 4),
    ],
)
async def test_what_makes_no_sense_is_refused(
    relance: Bulk, orders: RecordedOrders, arguments: list[str], status: int
) -> None:
    await relance(*arguments, status=status)
    assert orders.taken == []
