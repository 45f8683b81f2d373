"""``/jobs``: background work over HTTP."""

from __future__ import annotations

from datetime import timedelta

from sequences.runs.bulk import BulkKind, BulkOrder, HoldScope
from services.jobs.ask import ask_for_job
from services.jobs.follow_order import following
from services.jobs.job import JobKind, NewJob
from tests.support.rigs.api import ApiRig


async def _move(api: ApiRig, key: str) -> str:
    async with api.database.transaction() as connection:
        return await ask_for_job(connection, NewJob(JobKind.MOVE_RUNS, "sequence:hello", key, {"version": 2}), api.now)


async def test_long_work_is_listed_shown_and_cancelled(api: ApiRig) -> None:
    first = await _move(api, "k1")
    api.now += timedelta(minutes=1)
    async with api.database.transaction() as connection:
        order = BulkOrder("o1", BulkKind.RESUME)
        second = await ask_for_job(connection, following(HoldScope.EVERYTHING, "all", order), api.now)
    page = (await api.ask("GET", "/jobs", params={"limit": 1})).json()
    assert [each["id"] for each in page["items"]] == [second]
    rest = (await api.ask("GET", "/jobs", params={"limit": 1, "cursor": page["next"]})).json()
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([first], None)
    of_one = (await api.ask("GET", "/jobs", params={"subject": "sequence:hello", "open": True})).json()
    assert [each["kind"] for each in of_one["items"]] == ["move_runs"]

    done = await api.ask("POST", f"/jobs/{first}/cancel")
    assert (done.status_code, done.json()) == (202, {"id": first, "asked": True})
    assert (await api.ask("POST", f"/jobs/{first}/cancel")).json() == {"id": first, "asked": False}
    one = (await api.ask("GET", f"/jobs/{first}")).json()
    assert (one["state"], one["done"], one["total"], one["notes"]) == ("cancelled", 0, None, [])
    ended = (await api.ask("GET", "/jobs", params={"open": False})).json()
    assert [each["id"] for each in ended["items"]] == [first]


async def test_what_is_unknown_or_cannot_be_cancelled(api: ApiRig) -> None:
    async with api.database.transaction() as connection:
        order = BulkOrder("o1", BulkKind.PAUSE)
        pause = await ask_for_job(connection, following(HoldScope.SEQUENCE, "hello", order), api.now)
    refused = await api.ask("POST", f"/jobs/{pause}/cancel")
    assert (refused.status_code, refused.json()["reason"]) == (409, "job")
    for method, path in (("GET", "/jobs/jaaaaaaaaaaaa"), ("POST", "/jobs/jaaaaaaaaaaaa/cancel")):
        assert (await api.ask(method, path)).status_code == 404
    assert (await api.ask("GET", "/jobs/x")).status_code == 422
    assert (await api.http.get("/jobs")).status_code == 401
