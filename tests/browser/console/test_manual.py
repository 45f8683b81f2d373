"""Help in a real browser: its pages fit, axe and the policy find nothing, and links lead to their parts."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect

from sequences.access.role import Role
from starter.console.manual_pages import PATH, Manual
from tests.support.screens.eyes import cramped, look_everywhere, watch
from tests.support.screens.rig import ConsoleRig

# Pictures, wide tables, long words, and every kind of list among them.
SCREENS = ("", "?q=mailbox", "?q=no%20page%20has%20this", "/crm", "/transports", "/metrics")


async def test_pages_fit_and_axe_finds_nothing(console: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    for path in SCREENS:
        await page.goto(f"{console.url}/console{PATH}{path}")
        assert await look_everywhere(page, f"manual{path.replace('/', '-')}") == [], path
        await page.evaluate("[...document.images].forEach(each => { each.loading = 'eager'; })")
        await page.wait_for_function("[...document.images].every(each => each.complete)")
        assert await page.evaluate("[...document.images].filter(each => !each.naturalWidth).length") == 0, path
    await page.set_viewport_size({"width": 360, "height": 800})
    for path in ("", "/crm"):
        await page.goto(f"{console.url}/console{PATH}{path}")
        assert await cramped(page) == [], path
    assert wrong == []


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="every page of the documentation, minutes: with HYPOTHESIS_PROFILE=nightly",
)
@pytest.mark.timeout(1800)
async def test_axe_finds_nothing_on_any_page(console: ConsoleRig, page: Page) -> None:
    page.set_default_timeout(180_000)
    found = {}
    for name in sorted(Manual("").names):
        await page.goto(f"{console.url}/console{PATH}/{name}")
        wrong = await look_everywhere(page)
        await page.set_viewport_size({"width": 360, "height": 800})
        if wrong := wrong + await cramped(page):
            found[name] = wrong
    assert found == {}


async def test_a_text_of_a_screen_leads_to_the_part_that_it_names(console: ConsoleRig, page: Page) -> None:
    console.see(role=Role.ADMIN)
    await page.goto(f"{console.url}/console/settings?part=incoming")
    await page.get_by_role("link", name="Incoming mail", exact=True).click()
    await expect(page).to_have_url(f"{console.url}/console{PATH}/operations#part-incoming-mail")
    await expect(page.get_by_role("heading", name="Incoming mail", exact=True)).to_be_in_viewport()
    await page.goto(f"{console.url}/console{PATH}")
    await page.get_by_role("searchbox", name="Find in the documentation").fill("backup restore")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Operations: Backup and restore", exact=True).click()
    await expect(page.get_by_role("heading", name="Backup and restore", exact=True)).to_be_in_viewport()
