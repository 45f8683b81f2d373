"""A day with the keyboard alone: sign in, judge five replies, look up the keys, and find every field of the editor."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from sequences.access.role import Role
from services.access.links import make_link
from tests.support.console import LOCAL, new_user
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, public_url=LOCAL) as api:
        yield api


async def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until it has the focus, as somebody does who has no mouse."""
    for _ in range(60):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


async def test_from_the_sign_in_to_five_judgements(api: ApiRig, page: Page) -> None:
    run, first = await held_reply(api, activities_of(api), 1)
    replies = [first, *[(await held_reply(api, activities_of(api), number, run))[1] for number in (2, 3, 4, 5)]]
    user = await new_user(api, Role.LEAD, "lea@agency.example")
    async with api.database.transaction() as connection:
        token = (await make_link(connection, user.id, api.now)).token
    await page.goto(f"{str(api.http.base_url).rstrip('/')}/console/sign-in/{token}")
    await tab_to(page, page.get_by_role("button", name="Sign in"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    # Keys do something once the page is loaded.
    await page.wait_for_load_state()
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    # Whose replies is a field like any other.
    await tab_to(page, page.get_by_label("Whose"))
    await page.keyboard.press("End")
    await page.keyboard.press("Tab")
    await tab_to(page, page.get_by_role("button", name="Show"))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("whose=everyone"))
    # ? tells the keys of this page, and Escape goes back.
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_contain_text("The model is right")
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator("article").nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator("article").first).to_be_focused()
    # One key is one judgement, and the next reply is looked at.
    for left, key in ((4, "p"), (3, "n"), (2, "u"), (1, "x"), (0, "e")):
        await page.keyboard.press(key)
        await expect(page.locator("article")).to_have_count(left)
        if left:
            await expect(page.locator("article").first).to_be_focused()
    said = await api.fetch("SELECT reaction_id, label, intent FROM waiting_review ORDER BY label, intent")
    assert {row["reaction_id"] for row in said} == set(replies)
    assert [row["label"] for row in said] == ["negative", "negative", "neutral", "positive", "positive"]
    # Only x said that nothing may be sent any more.
    assert [row["intent"] for row in said].count("opt_out") == 1


# Once the page has scrolled to it. A frame and the parts of a date show the focus inside themselves.
_LOOKS = """async () => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const within = each.matches("iframe, input[type=date], input[type=time]");
    const seen = box.bottom > 0 && box.top < innerHeight;
    return [each.tagName, each.getAttribute("name") ?? each.id ?? "", outlined || within, seen];
}"""


async def test_tab_reaches_the_editor_and_shows_where_it_is(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")
    # A page that glides there is not asked in the middle of it.
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(f"{console.url}/console/sequences/hello/edit?person=p1&beside=1")
    await expect(page.locator(".preview").first).to_contain_text("Hello Ann")
    found: list[tuple[str, str, bool, bool]] = []
    while len(found) < 120:
        await page.keyboard.press("Tab")
        found.append(tuple(await page.evaluate(_LOOKS)))
        if found[-1][1] == "text" and await page.evaluate("document.activeElement.dataset.draft") == "by-hand":
            break
    assert [each for each in found if not (each[2] and each[3])] == []
    # Every field of a card was met on the way, the last one is the file.
    assert {"who", "text"} <= {name for _, name, *_ in found}
    assert found[-1][0] == "TEXTAREA"
    first = page.locator("[id='text:hello/one.email.txt']")
    await first.focus()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type("Subject: Written without a mouse")
    await page.keyboard.press("Delete")
    # Tab leaves the text, and it is saved.
    async with page.expect_response(lambda answer: answer.url.endswith("/edit/text")):
        await page.keyboard.press("Tab")
    await expect(page.locator("#editor-state")).to_contain_text("Draft, saved")
