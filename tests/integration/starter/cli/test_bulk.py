"""``relance pause-all`` and ``resume-all`` against a real Postgres; Temporal is a recorder behind the same port."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from adapters.temporal import bulk_control
from sequences.errors import UnavailableError
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope, Stage
from starter.cli import bulk
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


async def test_everything_is_paused_once_somebody_has_confirmed(relance: Bulk, orders: RecordedOrders) -> None:
    assert "--yes confirms" in await relance("pause-all", "--everything", status=2)
    assert orders.taken == []
    asked = ("--everything", "--reason", "wrong template", "--by", "Dana", "--yes")
    said = await relance("pause-all", *asked, "--until", "2099-05-04T09:00:00+02:00", "--json")
    assert said == {"scope": "everything", "key": "all", "command": "pause", "finished": True, "done": 2, "left": 0}
    await relance("pause-all", "--everything", "--yes", "--until", "2099-05-04")
    rows = await relance.rows("SELECT scope, key, reason, asked_by, until, ended_at FROM hold")
    end = datetime(2099, 5, 4, 7, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [("everything", "all", "wrong template", "Dana", end, None)]
    first, second = (order for _, _, order in orders.taken)
    assert (first.by, first.until, second.by) == ("Dana", end, "CLI")
    assert first.id.startswith("bulk-control:everything:all:")
    assert "--yes confirms" in await relance("resume-all", "--everything", status=2)
    assert "everything: ordered" in await relance("resume-all", "--everything", "--yes", "--no-follow")
    assert (orders.taken[-1][2].kind, orders.taken[-1][2].until) == ("resume", None)


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("y\n", 0)])
async def test_in_a_terminal_it_asks(
    relance: Bulk, orders: RecordedOrders, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
) -> None:
    monkeypatch.setattr(bulk, "interactive", lambda: True)
    done = await asyncio.to_thread(run.invoke, app, ["pause-all", "--everything"], input=answer)
    assert done.exit_code == status, done.output
    assert "Nothing will be sent to anybody until you resume. Pause everything?" in done.stderr
    assert len(orders.taken) == 1 - status


async def test_the_hold_stands_when_temporal_does_not_answer(relance: Bulk, orders: RecordedOrders) -> None:
    orders.error = UnavailableError("Temporal did not answer in time")
    await relance("pause-all", "--owner", "dana", status=5)
    assert len(await relance.rows("SELECT 1 FROM hold WHERE ended_at IS NULL")) == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["pause-all"], 2),
        (["pause-all", "--everything", "--owner", "dana", "--yes"], 2),
        (["pause-all", "--everything", "--yes", "--until", "tomorrow"], 2),
        (["pause-all", "--everything", "--yes", "--until", "2020-01-01"], 4),
        (["resume-all", "--everything", "--yes"], 4),
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
