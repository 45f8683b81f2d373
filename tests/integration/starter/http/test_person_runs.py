"""All open runs of a person at once, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.enrolling.enroll import EntryRequest
from tests.support.rigs.api import ApiRig


async def two_runs(api: ApiRig) -> list[str]:
    runs = [await api.enrolled()]
    await api.publish("other")
    accepted = await api.enrolling.enroll(EntryRequest("other", "n2", "p1"))
    await api.execute("UPDATE enrollment SET state = 'active'")
    return [*runs, accepted.enrollment]


async def test_pause_until_resume_and_stop_reach_every_open_run(api: ApiRig) -> None:
    runs = await two_runs(api)
    await api.enrolled("p2")
    asked = await api.ask("POST", "/people/p1/pause", json={"until": "2 weeks", "reason": "holiday", "id": "k"})
    assert asked.json() == {"person": "p1", "changed": 2}
    end = (api.now + timedelta(weeks=2)).isoformat()
    commands = [command for _, command in api.runs.commands]
    assert sorted(each.id for each in commands) == sorted(f"pause:k:{run}" for run in runs)
    assert {(each.kind, each.reason, each.mode) for each in commands} == {("pause", "holiday", end)}
    api.runs.commands.clear()
    assert (await api.ask("POST", "/people/p1/resume", json={"mode": "skip"})).json()["changed"] == 2
    assert {(each.kind, each.mode) for _, each in api.runs.commands} == {("resume", "skip")}
    api.runs.commands.clear()
    assert (await api.ask("POST", "/people/p1/stop")).json()["changed"] == 2
    assert {each.kind for _, each in api.runs.commands} == {"stop"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nobody/pause", {}, 404),
        ("nobody/stop", {}, 404),
        ("p1/pause", {"until": "some day"}, 422),
        ("p1/pause", {"unknown": 1}, 422),
        ("p1/resume", {"mode": "all"}, 422),
    ],
)
async def test_what_cannot_be_asked(api: ApiRig, path: str, body: dict[str, object], status: int) -> None:
    await api.enrolled()
    assert (await api.ask("POST", f"/people/{path}", json=body)).status_code == status
    assert api.runs.commands == []


async def test_a_token_that_only_reads_may_not(api: ApiRig) -> None:
    await api.enrolled()
    made = await api.ask("POST", "/tokens", json={"name": "reader", "scopes": ["read"]})
    own = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await api.http.post("/people/p1/pause", headers=own)).status_code == 403
    assert api.runs.commands == []
