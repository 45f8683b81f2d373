"""Tasks in the console, against a real Postgres."""

from __future__ import annotations

import pytest

from sequences.access.role import Role
from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import task


def titles(html: str) -> list[str]:
    return [row.text.strip() for row in parse(html).xpath("//tbody/tr/th")]


async def test_what_is_due_comes_first_and_everything_has_its_list(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    await task(api, 1, runs["p1"], "p1", -29)
    await task(api, 2, runs["p2"], "p2", -1)
    await task(api, 3, runs["p3"], "p3", 30)
    await task(api, 4, runs["p4"], "p4", None)
    await task(api, 5, runs["p5"], "p5", -25, owner_id="o2")
    # Without a date a task is due since it was made, two days ago.
    assert titles(await console.page("/tasks")) == ["Call Dan", "Call Ann", "Call Ben"]
    text = await console.text("/tasks")
    assert "Due (3) Overdue (1) All open (4)" in text
    assert "Mon 3 May 2027, 06:00 overdue Lea Dupont" in text
    # A day is not over before midnight.
    assert "Tue 4 May 2027, 10:00 Lea Dupont" in text
    assert titles(await console.page("/tasks?show=overdue")) == ["Call Ann"]
    assert titles(await console.page("/tasks?show=open")) == ["Call Dan", "Call Ann", "Call Ben", "Call Cleo"]
    assert titles(await console.page("/tasks?show=overdue&whose=everyone")) == ["Call Ann", "Call Eve"]
    assert "No task was done yet." in await console.text("/tasks?show=done")


async def test_pages_follow_each_other_as_the_clock_goes_on(console: ConsoleRig, runs: dict[str, str]) -> None:
    for number in range(60):
        await task(console.api, number, runs["p1"], "p1", -number - 24, title=f"Task {number}")
    first = await console.page("/tasks?show=overdue")
    (following,) = parse(first).xpath("//a[@rel='next']/@href")
    console.api.now = console.api.now.replace(hour=11)
    second = (await console.http.get(following)).text
    assert sorted([*titles(first), *titles(second)]) == sorted(f"Task {number}" for number in range(60))


async def test_a_task_is_done_with_and_without_scripts(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    one, two = await task(api, 1, runs["p1"], "p1", 1), await task(api, 2, runs["p2"], "p2", 2)
    row = await console.act(f"/tasks/{one}/done", fragment=True)
    assert (row.status_code, "done by Lea Dupont" in row.text, row.text.count("<tr")) == (200, True, 1)
    done = await console.act(f"/tasks/{two}/done", back="/tasks?show=open")
    assert (done.status_code, done.headers["location"]) == (303, "/console/tasks?show=open&said=task_done")
    again = await console.act(f"/tasks/{two}/done", back="https://evil.example/")
    assert again.headers["location"] == "/console/tasks?said=same"
    assert "That was so already" in await console.text("/tasks?said=same")
    assert [state["state"] for state in await api.fetch("SELECT state FROM task")] == ["done", "done"]


async def test_a_task_is_put_off_and_given_away(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    one = await task(api, 1, runs["p1"], "p1", 1)
    assert "Next Monday, 09:00" in await console.fragment(f"/tasks/{one}/snooze")
    done = await console.act(f"/tasks/{one}/snooze", until="monday")
    assert done.headers["location"] == "/console/tasks?said=task_snoozed"
    (row,) = await api.fetch("SELECT due_at FROM task")
    # The tenth of May is a Monday; nine o'clock in Paris.
    assert row["due_at"].isoformat() == "2027-05-10T07:00:00+00:00"
    wrong = await console.act(f"/tasks/{one}/snooze", until="never")
    assert (wrong.status_code, "Choose when the task is due instead." in wrong.text) == (422, True)
    assert "Max Moe" in await console.fragment(f"/tasks/{one}/assign")
    await console.act(f"/tasks/{one}/assign", owner="o2")
    assert (await api.fetch("SELECT owner_id FROM task"))[0]["owner_id"] == "o2"
    assert (await console.act(f"/tasks/{one}/assign", owner="o9")).status_code == 422


async def test_a_recruiter_does_their_own_and_an_auditor_none(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    mine, other = await task(api, 1, runs["p1"], "p1", 1), await task(api, 2, runs["p2"], "p2", 1, owner_id="o2")
    console.see(role=Role.RECRUITER)
    page = await console.page("/tasks?whose=everyone")
    assert (f"{mine}/done" in page, f"{other}/done" in page) == (True, False)
    for act in ("done", "snooze", "assign"):
        assert (await console.act(f"/tasks/{other}/{act}", until="week", owner="o1")).status_code == 403
    console.see(role=Role.AUDITOR)
    assert "/done" not in await console.page("/tasks?whose=everyone")
    assert (await console.act(f"/tasks/{mine}/done")).status_code == 403
    assert {row["state"] for row in await api.fetch("SELECT state FROM task")} == {"open"}


@pytest.mark.parametrize("path", ["/tasks/nothing/snooze", "/tasks/nothing/assign"])
async def test_a_task_that_is_gone_says_so(console: ConsoleRig, path: str) -> None:
    assert "There is no such task" in await console.page(path, 404) or "there is no such task" in await console.page(
        path, 404
    )
