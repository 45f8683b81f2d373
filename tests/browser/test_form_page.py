"""The page of a form in a real browser: on a narrow screen, in the dark, by keyboard, without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.rigs.api import ApiRig
from tests.support.rigs.forms import link_of, person, submissions
from tests.support.waiting import PATIENCE

QUESTIONS = [
    {"field": "person.first_name", "required": True},
    {"field": "person.city", "help": "Where you live"},
    {"field": "person.status", "choices": ["Active", "Not looking"], "required": True},
    {"field": "person.available_from"},
    {"field": "person.resume"},
]


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_it_is_filled_in_and_sent_by_keyboard_on_a_phone(
    api: ApiRig, browser: Browser, tmp_path: Path, colours: str
) -> None:
    link = await link_of(api, fields=QUESTIONS, consent="I agree that you keep this.", language="en")
    context = await browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme="dark" if colours == "dark" else "light",
        java_script_enabled=False,
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    await page.goto(str(api.http.base_url.join(link.path)))
    await page.screenshot(path=tmp_path / f"{colours}.png", full_page=True)
    await page.get_by_label("City").fill("Leeds")
    await page.get_by_role("button", name="Send").press("Enter")
    await expect(page.get_by_role("heading", level=2)).to_have_text("Please look at this again")
    await page.screenshot(path=tmp_path / f"{colours}-wrong.png", full_page=True)
    await page.get_by_role("link", name="Status: Please answer this.").press("Enter")
    await page.get_by_role("radio", name="Active").press("Space")
    await page.get_by_role("checkbox").press("Space")
    await page.get_by_label("Resume").set_input_files(
        {"name": "r.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    )
    await page.get_by_role("button", name="Send").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert len(await submissions(api)) == 1
    found = await person(api)
    assert (found["city"], found["status"], found["resume"]) == ("Leeds", "Active", "present")
    await context.close()


async def test_nothing_is_wider_than_a_narrow_screen_and_the_order_of_focus_is_that_of_the_page(
    api: ApiRig, browser: Browser
) -> None:
    link = await link_of(api, fields=QUESTIONS, title="A" * 60 + " form")
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(str(api.http.base_url.join(link.path)))
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    reached = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.id || document.activeElement.type"))
    # A date has a stop for each of its parts.
    assert list(dict.fromkeys(reached))[:4] == ["field-1", "field-2", "field-3-1", "field-4"]
    await context.close()
