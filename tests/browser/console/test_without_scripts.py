"""What scripts make pleasant works without them: writing, comparing, publishing, judging and taking that back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.held_replies import activities_of, held_reply
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written
from tests.support.waiting import PATIENCE


@pytest_asyncio.fixture
async def plain(browser: Browser) -> AsyncIterator[Page]:
    """A page on which no script runs."""
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    yield await context.new_page()
    await context.close()


async def test_a_message_is_changed_compared_and_published(console: ConsoleRig, plain: Page) -> None:
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")
    await plain.goto(f"{console.url}/console/sequences/hello/edit?person=p1")
    card = plain.locator("[id='step:one']")
    message = card.get_by_label("Text, with the subject in its first line")
    await message.fill((await message.input_value()).replace("Hello", "Good morning"))
    await card.get_by_role("button", name="Save", exact=True).click()
    await expect(plain.get_by_role("status")).to_contain_text("Saved in the draft.")
    await expect(card.locator(".preview")).to_contain_text("Good morning Ann")
    await card.get_by_role("button", name="Move one down").click()
    await expect(plain.locator(".step h2").nth(1)).to_contain_text("one")
    await plain.get_by_role("button", name="Move one up").click()
    await expect(plain.locator(".step h2").first).to_contain_text("one")
    await plain.get_by_role("link", name="Compare and publish").click()
    await expect(plain.get_by_role("heading", name="hello/one.email.txt")).to_be_visible()
    await expect(plain.locator("main")).to_contain_text("Subject: Good morning {{ person.first_name }}")
    await plain.get_by_role("button", name="Publish version 2").click()
    await expect(plain.get_by_role("status")).to_contain_text("Published.")


async def test_a_reply_is_judged_and_that_is_taken_back(console: ConsoleRig, plain: Page) -> None:
    await held_reply(console.api, activities_of(console.api), 1)
    await plain.goto(f"{console.url}/console/inbox?whose=everyone")
    await plain.locator("article").get_by_role("button", name="Positive").click()
    await expect(plain.get_by_role("status").filter(has_text="Positive.")).to_be_visible()
    await expect(plain.locator("article")).to_have_count(0)
    await plain.get_by_role("button", name="Undo").click()
    await expect(plain.get_by_text("Undone. Nothing has happened.")).to_be_visible()
    # The filter of the address is still there.
    await expect(plain.locator("article")).to_have_count(1)
    assert await console.api.fetch("SELECT FROM waiting_review") == []
