"""The pages of jobs, and moving runs by one, against a real Postgres."""

from __future__ import annotations

from sequences.access.role import Role
from sequences.ids import hold_id
from sequences.runs.bulk import BulkKind, BulkOrder, HoldScope
from services.jobs.ask import ask_for_job
from services.jobs.follow_order import following
from services.jobs.move_runs import MoveRuns
from services.jobs.runner import JobRunner
from services.operations.bulk import add_hold
from services.runs.planning import Planning
from tests.support.screens.html import cells, parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import RecordedOrders, pause_by_hold


async def test_open_runs_are_moved_by_a_job_that_shows_how_far_it_is(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    assert "There was no background work yet." in await console.text("/jobs")
    page = await console.page("/sequences/hello/move")
    assert "5 open runs are on other versions." in page
    assert cells(page, "Ann Ray")[1:3] == ["Version 1: one, Tue 4 May 2027, 11:00", "one, Tue 4 May 2027, 11:00"]
    done = await console.act("/sequences/hello/move", version="2", reason="better words", key="abc")
    (job,) = await api.fetch("SELECT * FROM job")
    assert (done.status_code, done.headers["location"]) == (303, f"/console/jobs/{job['id']}")
    # A second press finds the same job.
    again = await console.act("/sequences/hello/move", version="2", reason="better words", key="abc")
    assert again.headers["location"] == done.headers["location"]
    part = await console.fragment(f"/jobs/{job['id']}")
    assert "It begins in a moment." in part
    assert parse(part).xpath("//section/@hx-trigger") == ["every 2s"]
    shown = await console.text("/sequences/hello")
    assert "Move the runs of Hello there to version 2" in shown

    work = MoveRuns(api.database, Planning(api.records, api.versions), api.runs, api.clock)
    using = JobRunner(api.database, {"move_runs": work}, api.clock, "test")
    row = await using.claim()
    assert row is not None
    await using.carry_out(row)
    assert {command.reason for _, command in api.runs.commands} == {"better words"}
    part = await console.fragment(f"/jobs/{job['id']}")
    assert "5 runs moved to version 2" in part
    assert parse(part).xpath("//section/@hx-trigger") == []
    assert cells(await console.page("/jobs"), "Move the runs")[1:3] == ["done", "5 runs moved to version 2"]
    # The recorded runs of this rig do nothing: this is what two of them would have written.
    moved = [command for _, command in api.runs.commands[:2]]
    ids = [command.id.rpartition(":")[2] for command in moved]
    for identity, command in zip(ids, moved, strict=True):
        await api.execute(
            "INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key) VALUES ($1, $2, 'move', '{}', $3)",
            identity,
            api.now,
            f"command:{command.id}",
        )
    rows = await api.fetch("SELECT person_id FROM enrollment WHERE id = ANY($1)", ids)
    links = parse(await console.page(f"/jobs/{job['id']}/runs")).xpath("//main//tbody//th/a/@href")
    assert {link.rpartition("/")[2] for link in links} == {each["person_id"] for each in rows}
    assert f"/console/jobs/{job['id']}/runs" in await console.page(f"/jobs/{job['id']}")


async def test_a_version_that_is_not_there_is_refused(console: ConsoleRig, runs: dict[str, str]) -> None:
    for version in ("9", "", "two"):
        assert (await console.act("/sequences/hello/move", version=version)).status_code == 422
    assert (await console.http.get("/console/sequences/hello/move?to=9")).status_code == 404
    assert "No open run is on another version" in await console.text("/sequences/quiet/move")


async def test_recruiters_see_long_work_and_move_nothing(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.act("/sequences/hello/move", version="2")
    (job,) = await console.api.fetch("SELECT id FROM job")
    console.see(role=Role.RECRUITER, user_id="u9")
    assert (await console.http.get("/console/sequences/hello/move")).status_code == 403
    assert (await console.act("/sequences/hello/move", version="2")).status_code == 403
    assert "/move" not in await console.page("/sequences/hello?view=versions")
    page = await console.page(f"/jobs/{job['id']}")
    assert "/cancel" not in page
    assert (await console.act(f"/jobs/{job['id']}/cancel")).status_code == 403
    assert "There was no background work yet." in await console.text("/jobs?whose=mine")


async def test_a_job_that_waits_is_cancelled_at_once(console: ConsoleRig, runs: dict[str, str]) -> None:
    await console.act("/sequences/hello/move", version="2")
    (job,) = await console.api.fetch("SELECT id FROM job")
    done = await console.act(f"/jobs/{job['id']}/cancel")
    assert done.headers["location"] == f"/console/jobs/{job['id']}?said=job_cancelling"
    assert "Cancelled after 0. What was done stays done." in await console.text(f"/jobs/{job['id']}")
    assert (await console.act(f"/jobs/{job['id']}/cancel")).headers["location"].endswith("said=same")


async def test_a_pause_shows_how_far_it_is(console: ConsoleRig, runs: dict[str, str], orders: RecordedOrders) -> None:
    await console.act("/sequences/hello/pause", key="abc")
    await console.act("/sequences/hello/pause", key="abc")
    (line,) = parse(await console.page("/jobs")).xpath("//tbody/tr")
    assert text_of(line.xpath("./th")[0]) == "Pause the runs of Hello there"
    async with console.api.database.transaction() as connection:
        await ask_for_job(
            connection, following(HoldScope.EVERYTHING, "all", BulkOrder("o1", BulkKind.PAUSE)), console.api.now
        )
    assert "Pause the runs of everything" in await console.text("/jobs")


async def test_a_pause_leads_to_exactly_the_runs_that_it_paused(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    order = BulkOrder("order-1", BulkKind.PAUSE, "holidays")
    async with api.database.transaction() as connection:
        await ask_for_job(connection, following(HoldScope.OWNER, "o1", order), api.now)
    (job,) = await api.fetch("SELECT id FROM job")
    # Where another hold was on already the order has none of its own, and the page no link that ends nowhere.
    assert "/holds/" not in await console.page(f"/jobs/{job['id']}")
    async with api.database.transaction() as connection:
        await add_hold(connection, HoldScope.OWNER, "o1", order, api.now)
    for person in ("p1", "p4"):
        await pause_by_hold(api, hold_id(order.id), runs[person])
    (link,) = parse(await console.page(f"/jobs/{job['id']}")).xpath("//main//a[contains(@href, '/holds/')]/@href")
    found = parse(await console.page(link.removeprefix("/console"))).xpath("//main//tbody/tr/th")
    assert sorted(text_of(each) for each in found) == ["Ann Ray", "Dan Ray"]
