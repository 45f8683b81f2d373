"""Rehearsing in a real browser: asked for, under way, and what came of it; nothing that axe finds."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.jobs.job import Job, JobKind, JobOutcome, JobProgress
from services.jobs.runner import JobRunner
from starter.console.screens import rehearse
from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


class Played:
    """Work that waits half-way, and then leaves a result."""

    def __init__(self, world: ConsoleRig) -> None:
        self._world = world
        self.go_on = asyncio.Event()

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        progress.total, progress.done = 3, 1
        await self.go_on.wait()
        now = self._world.api.now
        step: dict[str, Any] = {
            "channel": "email",
            "timezone": "America/New_York",
            "moved_by": [],
            "reason": None,
            "variant": None,
        }
        steps = [
            {**step, "step": name, "state": state, "at": (now + timedelta(days=days)).isoformat(), "subject": subject}
            for name, state, days, subject in (
                ("one", "sent", 0, "Hello Ann"),
                ("two", "sent", 7, "Again"),
                ("ring", "cancelled", 9, None),
            )
        ]
        run: dict[str, Any] = {
            "refused": "",
            "state": "stopped",
            "reason": "replied.positive",
            "ended_at": now.isoformat(),
        }
        runs = [
            {"record": "p1", "person": "p1", **run, "steps": steps, "follow_ups": ["create_task"]},
            {"record": "p2", "person": "p2", **run, "refused": "it is suppressed", "steps": [], "follow_ups": []},
        ]
        found: dict[str, Any] = {
            "sequence": "hello",
            "version": None,
            "began": now.isoformat(),
            "until": now.isoformat(),
        }
        found |= {"runs": runs, "mails": 2, "mails_to_owners": 1, "texts": 0, "webhooks": []}
        await self._world.api.execute(
            "INSERT INTO rehearsal VALUES ($1, $2::text::jsonb, $3)", job.id, json.dumps(found), now
        )
        return JobOutcome("1 of 2 entered; 2 mails and 0 text messages would have gone out")


async def test_a_sequence_is_rehearsed(world: ConsoleRig, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearse, "missing_servers", lambda: ())
    await publish_written(world.api)
    wrong, found = watch(page), {}
    await page.goto(f"{world.url}/console/sequences/hello/edit")
    await page.get_by_role("link", name="Rehearse").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rehearse Hello there")
    await page.get_by_label("For whom").fill("Ann Ray\nNobody Known")
    await page.get_by_role("button", name="Rehearse", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Nobody Known")
    found["rehearse"] = await look_everywhere(page, "rehearse")
    await page.get_by_label("For whom").fill("Ann Ray\nBen Ray")
    await page.get_by_role("button", name="Rehearse", exact=True).click()
    await expect(page.locator("#progress")).to_contain_text("It begins in a moment.")

    work = Played(world)
    runner = JobRunner(world.api.database, {JobKind.REHEARSE: work}, world.api.clock, "test", beat=0.05)
    row = await runner.claim()
    assert row is not None
    playing = asyncio.create_task(runner.carry_out(row))
    await expect(page.locator("#progress")).to_contain_text("1 of 3")
    work.go_on.set()
    await playing
    await page.get_by_role("link", name="See who would get what, and when").click()
    await expect(page.get_by_role("row", name="Again")).to_contain_text("two")
    found["rehearsal"] = await look_everywhere(page, "rehearsal")
    monkeypatch.setattr(rehearse, "missing_servers", lambda: ("Postgres", "Temporal"))
    await page.get_by_role("link", name="Rehearse again").click()
    found["missing"] = await look_everywhere(page, "rehearse-missing")
    await page.get_by_label("For whom").fill("Ann Ray\nBen Ray")
    await page.get_by_role("button", name="Only the dates").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dates of Hello there")
    found["dates"] = await look_everywhere(page, "draft-dates")
    assert found == {"rehearse": [], "rehearsal": [], "missing": [], "dates": []}
    # The answer that names what is unclear is the only error.
    assert [each for each in wrong if "422" not in each] == []
