"""Auto-enrollment over HTTP: explanations, windows, batches, scans, fields; Temporal is a recorder behind its port."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from sequences.auto_enroll.messages import Origin, ScanState
from sequences.errors import NotFoundError, UnavailableError
from services.enrolling.enroll import EntryRequest
from services.operations.scan_orders import RuleOrders, ensure_schedules
from tests.support.rigs.api import ApiRig

RULES: dict[str, Any] = {
    "auto_enroll": {"real": {"person.status": ["Active"]}, "prevent_reenrollment_within": "6 months"}
}


class RecordedScans:
    """``services.operations.scan_orders.RuleOrders`` that remembers the scans."""

    def __init__(self) -> None:
        self.scans: list[tuple[str, Origin]] = []
        self.down = False

    async def wake(self) -> None:
        raise AssertionError("the dispatcher wakes the watcher, not the API")

    async def ensure_schedule(self, sequence: str, *, wanted: bool = True) -> None:
        raise AssertionError("only publishing and serving schedule")

    async def start_scan(self, sequence: str, origin: Origin) -> str:
        if self.down:
            raise UnavailableError("Temporal is down in this test")
        self.scans.append((sequence, origin))
        return f"rule-scan:{sequence}"

    async def scanned(self, sequence: str) -> ScanState:
        if not self.scans:
            raise NotFoundError("it was never started, or ended long ago")
        return ScanState(sequence, self.scans[-1][1].value, matched=4, enrolled=3, refused=1, done=True)


@pytest.fixture
def scans() -> RecordedScans:
    return RecordedScans()


@pytest.fixture
async def ask(asking: Callable[..., Any], scans: RecordedScans) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    async with asking(rules=scans) as opened:

        async def call(method: str, path: str, *, status: int = 200, **more: Any) -> Any:
            answer = await opened(method, path, **more)
            assert answer.status_code == status, answer.text
            return answer.json()

        yield call


@pytest.fixture
async def rules_on(api: ApiRig) -> None:
    """``hello`` with its rules on, and Alex (p1), who meets them."""
    await api.publish(**RULES)
    await api.execute("INSERT INTO rule_state (sequence, version, since) VALUES ('hello', 1, $1)", api.now)
    await api.person(status="Active")


async def test_explanations_are_those_of_the_command_line(
    api: ApiRig, ask: Callable[..., Awaitable[Any]], rules_on: None
) -> None:
    found = await ask("GET", "/people/p1/sequences/hello/explain")
    assert (found["answer"], found["rules"]["state"]) == ("change_waits", "on")
    assert found["verdict"] == "Alex is not in hello yet: every condition is met, and a change waits for the watcher."
    assert found["conditions"] == [
        {"group": "real", "field": "person.status", "wanted": "Active", "found": "Active", "true": True}
    ]
    assert (await ask("GET", "/people/p9/sequences/hello/explain", status=404))["error"] == "not_found"
    await ask("GET", "/people/p1/sequences/nothing/explain", status=404)
    await ask("GET", "/people/p1/sequences/hello/explain?record=other", status=409)
    await ask("GET", "/people/a b/sequences/hello/explain", status=422)


async def test_windows_are_shown_moved_and_lifted(
    api: ApiRig, ask: Callable[..., Awaitable[Any]], rules_on: None
) -> None:
    assert (await ask("GET", "/people/p1/windows"))["items"] == []
    order = {"person": "p1", "sequence": "hello"}
    assert "never enrolled in hello" in (await ask("POST", "/windows/lift", json=order, status=409))["detail"]
    await api.enrolling.enroll(EntryRequest("hello", "n", "p1"))
    window = (await ask("GET", "/people/p1/windows"))["items"][0]
    assert (window["sequence"], window["via"], window["blocks"]) == ("hello", "hand", True)
    moved = await ask("POST", "/windows/move", json={**order, "until": "1 day", "reason": "soon"})
    assert moved["changed"] is True
    assert moved["window"]["until"] == (api.now + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    await ask("POST", "/windows/move", json={**order, "until": "soon"}, status=422)
    await ask("POST", "/windows/move", json={**order, "until": "2020-01-01"}, status=409)
    lifted = await ask("POST", "/windows/lift", json={**order, "reason": "they asked"})
    assert (lifted["changed"], lifted["window"]["state"]) == (True, "lifted")
    assert (await ask("POST", "/windows/lift", json=order))["changed"] is False
    await ask("POST", "/windows/lift", json={**order, "why": "x"}, status=422)


async def test_batches_are_listed_approved_and_discarded(
    api: ApiRig, ask: Callable[..., Awaitable[Any]], rules_on: None
) -> None:
    assert (await ask("GET", "/batches"))["items"] == []
    await ask("POST", "/batches/baaaaaaaaaaa/approve", status=404)
    for batch, record in (("baaaaaaaaaaa", "p1"), ("bbbbbbbbbbbb", "p2")):
        await api.execute(
            "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
            " VALUES ($1, 'hello', 1, 'scan', 'held', 1, $2)",
            batch,
            api.now,
        )
        await api.execute("INSERT INTO rule_queue VALUES ('hello', $2, $2, $1, 'held', $3)", batch, record, api.now)
    assert [row["batch_id"] for row in (await ask("GET", "/batches"))["items"]] == ["baaaaaaaaaaa", "bbbbbbbbbbbb"]
    assert await ask("POST", "/batches/bbbbbbbbbbbb/discard") == {
        "key": "bbbbbbbbbbbb",
        "decision": "discarded",
        "records": 1,
    }
    assert (await ask("POST", "/batches/hello/approve"))["records"] == 1
    rows = await api.fetch("SELECT record_id, state FROM rule_queue")
    assert rows == [{"record_id": "p1", "state": "waiting"}]
    assert {row["decided_by"] for row in await api.fetch("SELECT decided_by FROM rule_batch")} == {"HTTP"}


async def test_refusals_are_listed_with_bounds(api: ApiRig, ask: Callable[..., Awaitable[Any]], rules_on: None) -> None:
    assert (await ask("GET", "/refusals"))["items"] == []
    for number in (1, 2):
        await api.execute(
            "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, fields,"
            " state) VALUES ('hello', $1, $1, 'unreachable', 'no_email', 'rule', $2, $2, $2, '{person.email}', $3)",
            f"p{number}",
            api.now,
            "standing" if number == 1 else "entered",
        )
    rows = (await ask("GET", "/refusals?sequence=hello&reason=unreachable"))["items"]
    assert {row["person"]: row["looked_at_again"] for row in rows} == {"p1": True, "p2": False}
    (row,) = (await ask("GET", "/refusals?standing=true&limit=1"))["items"]
    assert (row["person"], row["words"], row["fields"]) == ("p1", "no e-mail address", ["person.email"])
    assert (await ask("GET", "/refusals?person=p3"))["items"] == []
    await ask("GET", "/refusals?limit=1001", status=422)
    await ask("GET", "/refusals?person=no%20id", status=422)


async def test_a_scan_is_started_and_asked_about(
    api: ApiRig, ask: Callable[..., Awaitable[Any]], scans: RecordedScans, rules_on: None
) -> None:
    await ask("GET", "/sequences/hello/scan", status=404)
    await ask("POST", "/sequences/nothing/scan", status=404)
    started = await ask("POST", "/sequences/hello/scan", status=202, json={"existing": True})
    assert started == {"sequence": "hello", "origin": "existing", "workflow_id": "rule-scan:hello"}
    await ask("POST", "/sequences/hello/scan", status=202)
    assert scans.scans == [("hello", Origin.EXISTING), ("hello", Origin.SCAN)]
    assert (await ask("GET", "/sequences/hello/scan"))["enrolled"] == 3
    scans.down = True
    await ask("POST", "/sequences/hello/scan", status=503)
    await api.execute("DELETE FROM rule_state")
    await ask("POST", "/sequences/hello/scan", status=409)


async def test_serving_schedules_what_a_publish_could_not(api: ApiRig, rules_on: None) -> None:
    class Schedules:
        def __init__(self) -> None:
            self.wanted: dict[str, bool] = {}

        async def ensure_schedule(self, sequence: str, *, wanted: bool = True) -> None:
            self.wanted[sequence] = wanted

    await api.publish("plain")
    schedules = Schedules()
    assert await ensure_schedules(api.database, cast("RuleOrders", schedules)) == 1
    assert schedules.wanted == {"hello": True, "plain": False}


async def test_fields_and_the_token(ask: Callable[..., Awaitable[Any]]) -> None:
    names = {line["name"] for line in await ask("GET", "/fields?record=person")}
    assert {"person.status", "last_contacted"} <= names
    assert "placement.status" not in names
    for path in ("/fields", "/batches", "/people/p1/windows", "/people/p1/sequences/hello/explain"):
        await ask("GET", path, proof=False, status=401)
