"""Pausing and resuming everything over HTTP; Temporal is a recorder behind the same port."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sequences.errors import NotFoundError
from sequences.runs.bulk import BulkOrder, BulkState, HoldScope, Stage
from tests.support.rigs.api import ApiRig


class RecordedOrders:
    """``services.operations.bulk.BulkOrders`` that remembers its orders."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def order(self, scope: HoldScope, key: str, order: BulkOrder) -> None:
        self.taken.append((scope, key, order))

    async def progress(self, scope: HoldScope, key: str) -> BulkState:
        found = [order for taken, name, order in self.taken if (taken, name) == (scope, key)]
        if not found:
            raise NotFoundError("unknown order")
        return BulkState(scope, key, waiting=found[-1], stage=Stage.BEGINNING, left=3)


@pytest.fixture
def orders() -> RecordedOrders:
    return RecordedOrders()


@pytest.fixture
async def ask(asking: Callable[..., Any], orders: RecordedOrders) -> AsyncIterator[Any]:
    async with asking(bulk=orders) as call:
        yield call


async def test_a_sequence_is_paused_and_resumed(api: ApiRig, ask: Any, orders: RecordedOrders) -> None:
    await api.publish()
    answer = await ask("POST", "/sequences/hello/pause", json={"reason": "bounce alarm", "rate": 3, "id": "k"})
    assert answer.status_code == 202
    assert answer.json() == {
        "scope": "sequence",
        "key": "hello",
        "workflow_id": "bulk-control:sequence:hello",
        "rate": 3,
    }
    scope, key, order = orders.taken[0]
    assert (scope, key, order.id) == (HoldScope.SEQUENCE, "hello", "bulk-control:sequence:hello:k")
    assert (order.kind, order.reason, order.rate) == ("pause", "bounce alarm", 3)
    holds = (await ask("GET", "/holds")).json()["items"]
    assert [(hold["scope"], hold["key"], hold["reason"], hold["paused_runs"]) for hold in holds] == [
        ("sequence", "hello", "bounce alarm", 0)
    ]
    answer = await ask("POST", "/sequences/hello/resume", json={"mode": "skip"})
    assert answer.status_code == 202
    assert (orders.taken[1][2].kind, orders.taken[1][2].mode, orders.taken[1][2].rate) == ("resume", "skip", 20)
    shown = (await ask("GET", "/sequences/hello/control")).json()
    assert shown == {"kind": "resume", "stage": "beginning", "done": 0, "left": 3, "unanswered": 0}


async def test_an_owner_is_known_by_its_row_or_by_its_runs(api: ApiRig, ask: Any, orders: RecordedOrders) -> None:
    await api.execute("INSERT INTO owner (id) VALUES ('dana')")
    assert (await ask("POST", "/owners/dana/pause")).status_code == 202
    assert (await ask("POST", "/owners/dana/resume")).status_code == 202
    assert [(scope, order.kind) for scope, _, order in orders.taken] == [("owner", "pause"), ("owner", "resume")]


async def test_everything_is_paused_and_resumed(api: ApiRig, ask: Any, orders: RecordedOrders) -> None:
    until = (api.now + timedelta(days=1)).astimezone(UTC)
    asked = {"reason": "wrong template", "by": "Dana", "until": "24 hours", "id": "k"}
    answer = await ask("POST", "/everything/pause", json=asked)
    assert (answer.status_code, answer.json()["workflow_id"]) == (202, "bulk-control:everything:all")
    assert (await ask("POST", "/everything/pause", json={"until": until.isoformat()})).status_code == 202
    (hold,) = (await ask("GET", "/holds")).json()["items"]
    assert (hold["scope"], hold["key"], hold["asked_by"]) == ("everything", "all", "Dana")
    assert datetime.fromisoformat(hold["until"]) == until
    shown = (await ask("GET", "/everything/control")).json()
    assert (shown["kind"], shown["stage"]) == ("pause", "beginning")
    assert (await ask("POST", "/everything/resume", json={"by": "Kim"})).status_code == 202
    assert [(order.kind, order.by, order.until) for _, _, order in orders.taken] == [
        ("pause", "Dana", until),
        ("pause", "HTTP", until),
        ("resume", "Kim", None),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sequences/none/pause", None, 404),
        ("/owners/nobody/pause", None, 404),
        ("/sequences/hello/resume", None, 409),
        ("/everything/resume", None, 409),
        ("/everything/pause", {"until": "2020-01-01T00:00:00Z"}, 409),
        ("/everything/pause", {"until": "2099-01-01T00:00:00"}, 422),
        ("/everything/pause", {"until": "tomorrow"}, 422),
        ("/everything/resume", {"until": "2099-01-01T00:00:00Z"}, 422),
        ("/sequences/hello/pause", {"rate": 0}, 422),
        ("/sequences/hello/pause", {"mode": "skip"}, 422),
        ("/sequences/hello/resume", {"mode": "flood"}, 422),
        ("/sequences/No%20Slug/pause", None, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    api: ApiRig, ask: Any, orders: RecordedOrders, path: str, body: dict[str, int] | dict[str, str] | None, status: int
) -> None:
    await api.publish()
    answer = await ask("POST", path, json=body)
    assert answer.status_code == status, answer.text
    assert orders.taken == []


async def test_nothing_of_it_goes_without_the_token(ask: Any) -> None:
    for method, path in [
        ("POST", "/sequences/hello/pause"),
        ("POST", "/sequences/hello/resume"),
        ("POST", "/owners/dana/pause"),
        ("POST", "/owners/dana/resume"),
        ("POST", "/everything/pause"),
        ("POST", "/everything/resume"),
        ("GET", "/everything/control"),
        ("GET", "/holds"),
        ("GET", "/sequences/hello/control"),
    ]:
        assert (await ask(method, path, proof=False)).status_code == 401, path


async def test_an_order_that_never_was_is_404(ask: Any) -> None:
    assert (await ask("GET", "/owners/dana/control")).status_code == 404
