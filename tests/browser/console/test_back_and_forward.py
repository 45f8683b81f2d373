"""The browser's own buttons after parts of pages were exchanged: they show what is so now, nothing is done twice."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


async def test_after_a_task_was_done_and_a_question_was_asked(world: ConsoleRig, page: Page) -> None:
    await page.goto(f"{world.url}/console/tasks?show=open")
    line = page.get_by_role("row", name="Call Ann")
    await line.get_by_role("button", name="Done").click()
    await expect(line).to_contain_text("done by Lea Dupont")
    await page.get_by_role("link", name="Sequences", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sequences")
    # Back is a page of now: the task is not offered again.
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
    await expect(page.get_by_role("row", name="Call Ben")).to_be_visible()
    await expect(line).to_have_count(0)
    await page.go_forward()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sequences")
    # A question over a page is no page: back leads to the one before, forward to the page without it.
    await page.get_by_role("link", name="Hello there").click()
    await page.get_by_role("link", name="Pause").click()
    await expect(page.locator("#dialog")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sequences")
    await page.go_forward()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hello there")
    await expect(page.locator("#dialog")).to_be_hidden()
    # After a form was sent, back shows what became of it, and reloading sends nothing again.
    await page.get_by_role("link", name="Pause").click()
    await page.locator("#dialog").get_by_label("Reason").fill("holidays")
    await page.get_by_role("button", name="Pause the sequence").click()
    await expect(page.get_by_role("status")).to_contain_text("nothing of it is sent from now on")
    await page.go_back()
    await expect(page.get_by_role("link", name="Resume")).to_be_visible()
    await page.reload()
    assert len(await world.api.fetch("SELECT FROM hold")) == 1


async def test_after_steps_were_moved_in_the_editor(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await page.goto(f"{console.url}/console/sequences/hello/edit")
    await page.get_by_role("button", name="Move ring up").click()
    await expect(page.locator(".step h2").nth(1)).to_contain_text("ring")
    await page.get_by_role("link", name="Compare and publish").click()
    await expect(page.get_by_role("heading", name="sequence.yaml")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".step h2").nth(1)).to_contain_text("ring")
    # What that page then sends fits the draft as it is: there is no conflict with oneself.
    await page.get_by_role("button", name="Move ring up").click()
    await expect(page.locator(".step h2").first).to_contain_text("ring")
    await page.go_forward()
    await expect(page.get_by_role("heading", name="sequence.yaml")).to_be_visible()
    (draft,) = await console.api.fetch("SELECT revision FROM sequence_draft")
    assert draft["revision"] == 2
