"""The frame of every page in a real browser: menus, keys, dialogs, without scripts, on a phone, light and dark."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.screens.eyes import AXE, look, look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


def test_axe_is_here() -> None:
    if AXE is None:
        pytest.skip("NO AXE: accessibility was not checked; `pip install axe-playwright-python` brings it")


async def test_keys_show_their_sheet_and_can_be_switched_off(console: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    await page.goto(f"{console.url}/console/")
    await page.keyboard.press("?")
    sheet = page.locator("#keys")
    await expect(sheet).to_be_visible()
    await expect(sheet).to_contain_text("This list")
    assert await look(page) == []
    await sheet.get_by_label("Single keys do something").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(sheet).to_be_hidden()
    # The menu still shows them, and there they are switched on again.
    await page.get_by_text("Lea Dupont").click()
    await page.get_by_role("button", name="Keys").click()
    await sheet.get_by_label("Single keys do something").check()
    assert wrong == []


@pytest.mark.parametrize("width", [1280, 360])
async def test_it_fits_and_axe_finds_nothing(console: ConsoleRig, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    wrong = watch(page)
    await page.goto(f"{console.url}/console/")
    if width == 360:
        await page.get_by_role("button", name="Menu").click()
        await expect(page.get_by_role("link", name="Today")).to_be_visible()
    await page.get_by_text("Lea Dupont").click()
    await expect(page.get_by_text("lea.d@agency.example")).to_be_visible()
    assert await look_everywhere(page, widths=[width]) == []
    assert wrong == []


async def test_it_works_without_scripts(console: ConsoleRig, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(f"{console.url}/console/")
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("link", name="Today").click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    # What needs scripts is not offered.
    await page.get_by_text("Lea Dupont").click()
    await expect(page.get_by_role("button", name="Keys")).to_be_hidden()
    await context.close()


async def test_what_the_policy_refuses_is_noticed(console: ConsoleRig, page: Page, refused: list[str]) -> None:
    await publish_written(console.api)
    await page.goto(f"{console.url}/console/sequences/hello/edit")
    # A text is pulled to another height, and then its card is exchanged: nothing of that is refused.
    await page.evaluate("document.querySelector('textarea').style.height = '400px'")
    await page.get_by_role("button", name="Move ring up").click()
    await expect(page.locator(".step h2").nth(1)).to_contain_text("ring")
    await page.wait_for_load_state("networkidle")
    assert refused == []
    async with page.expect_event("console", lambda said: "Content Security Policy:" in said.text):
        await page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    assert any('<h1 style="color: red">' in each for each in refused)
    refused.clear()
