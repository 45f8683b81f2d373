"""Erasing a person in the console: admins alone, once more who it is, and the id has to be typed."""

from __future__ import annotations

from sequences.access.role import Role
from tests.support.erasing import carry_out
from tests.support.screens.rig import ConsoleRig


async def test_an_admin_erases_a_person(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    console.see(role=Role.ADMIN)
    await api.execute("UPDATE enrollment SET state = 'finished' WHERE id = $1", runs["p1"])
    assert "/people/p1/erase" in await console.page("/people/p1")
    assert "Erase everything about Ann Ray?" in await console.fragment("/people/p1/erase")
    wrong = await console.act("/people/p1/erase", typed="p2")
    assert wrong.status_code == 422
    assert "This is not the id of the person." in wrong.text
    assert await api.fetch("SELECT 1 FROM erasure") == []
    done = await console.act("/people/p1/erase", typed="p1")
    (job,) = await api.fetch("SELECT id, user_id FROM job")
    assert done.headers["location"] == f"/console/jobs/{job['id']}?said=person_erasing"
    assert job["user_id"] == console.viewer.user_id
    assert "Erase p1" in await console.text(f"/jobs/{job['id']}")
    await carry_out(api, job["id"])
    assert "asked to be erased" in await console.text("/people/p1")
    again = await console.act("/people/p1/erase", typed="p1")
    assert again.headers["location"] == "/console/people/p1?said=person_erased_before"


async def test_nobody_else_may(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.LEAD)
    assert "/people/p1/erase" not in await console.page("/people/p1")
    assert (await console.act("/people/p1/erase", typed="p1")).status_code == 403
    await console.page("/people/p1/erase", 403)
    assert runs
