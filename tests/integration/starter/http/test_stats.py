"""``GET /stats``: the same numbers as the command, and a clear no to what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig


async def test_statistics_over_http(api: ApiRig) -> None:
    assert (await api.ask("GET", "/stats")).json()["rows"] == []
    await api.person("p1")
    await api.publish("hello")
    await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    answer = await api.ask("GET", "/stats", params={"sequence": "hello"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["by"] == "step"
    assert [(row["step"], row["people"]["entered"]) for row in found["rows"]] == [(None, 1), (None, 1), ("one", 0)]
    assert found["rows"][0]["rates"]["replied"] is None
    assert (await api.ask("GET", "/stats?by=owner&since=2027-01-01")).json()["rows"][0]["people"]["in_it_now"] == 1


async def test_what_is_not_known_is_refused(api: ApiRig) -> None:
    assert (await api.ask("GET", "/stats", params={"sequence": "nothing"})).status_code == 404
    assert (await api.ask("GET", "/stats", params={"version": 2})).status_code == 422
    assert (await api.ask("GET", "/stats", params={"by": "mood"})).status_code == 422
    assert (await api.ask("GET", "/stats", params={"sequences": "x"})).status_code == 422
