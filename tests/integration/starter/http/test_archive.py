"""Archiving a sequence over HTTP."""

from __future__ import annotations

from tests.support.rigs.api import ApiRig


async def test_a_sequence_is_archived_and_taken_back(api: ApiRig) -> None:
    await api.enrolled()
    done = await api.ask("POST", "/sequences/hello/archive", json={"stop_runs": True, "id": "k1"})
    (job,) = await api.fetch("SELECT id, kind FROM job")
    assert done.json() == {"sequence": "hello", "changed": True, "job": job["id"]}
    again = await api.ask("POST", "/sequences/hello/archive", json={"stop_runs": True, "id": "k1"})
    assert again.json() == {"sequence": "hello", "changed": False, "job": job["id"]}
    await api.person("p2")
    refused = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p2"})
    assert (refused.status_code, "is archived" in refused.text) == (409, True)
    back = await api.ask("POST", "/sequences/hello/unarchive")
    assert back.json() == {"sequence": "hello", "changed": True, "job": None}
    entered = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p2"})
    assert entered.status_code == 202
    assert (await api.ask("POST", "/sequences/none/archive")).status_code == 404
    assert (await api.ask("POST", "/sequences/none/unarchive")).status_code == 404
