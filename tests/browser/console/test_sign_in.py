"""Signing in, users, sessions and the audit log as people see them, in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sequences.access.role import Role
from services.access.links import make_first_link, make_link
from tests.support.console import LOCAL, new_user
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.eyes import look_everywhere, watch
from tests.support.waiting import PATIENCE


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, public_url=LOCAL) as api:
        yield api


def url(api: ApiRig, path: str) -> str:
    return f"{str(api.http.base_url).rstrip('/')}/console{path}"


async def first_link(api: ApiRig) -> str:
    async with api.database.transaction() as connection:
        made = await make_first_link(connection, api.now)
    assert made is not None
    return url(api, f"/sign-in/{made.token}")


async def seen(page: Page, name: str) -> None:
    """Nothing is wrong with the page."""
    assert await look_everywhere(page, name) == [], name


# On a phone: what can be pressed there can be pressed on a desk.
async def test_the_first_admin_invites_a_recruiter(api: ApiRig, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 800})
    wrong = watch(page)
    await page.goto(url(api, "/"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await seen(page, "sign-in")
    await page.goto(await first_link(api))
    await page.get_by_label("Your e-mail address").fill("ann@agency.example")
    await page.get_by_label("Your name").fill("Ann Example")
    await seen(page, "link")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(url(api, "/"))

    await page.goto(url(api, "/users"))
    await seen(page, "users")
    await page.get_by_label("E-mail").fill("bo@agency.example")
    await page.get_by_label("Role").select_option("lead")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("Sign-in link").input_value()
    assert re.fullmatch(rf"{re.escape(LOCAL)}/console/sign-in/[\w-]{{43}}", link)
    await seen(page, "user-link")
    await page.get_by_role("link", name="All users").click()
    await page.get_by_role("link", name="bo", exact=True).click()
    await seen(page, "user")
    await page.get_by_role("link", name="What bo did").click()
    await expect(page.get_by_text("Nothing was done that fits.")).to_be_visible()
    await page.goto(url(api, "/audit"))
    await expect(page.get_by_role("row", name=re.compile("user invited"))).to_be_visible()
    await seen(page, "audit")
    await page.goto(url(api, "/account"))
    await seen(page, "account")
    assert wrong == []


async def test_without_scripts_and_in_two_tabs(api: ApiRig, browser: Browser) -> None:
    user = await new_user(api, Role.LEAD, "dana@agency.example")
    async with api.database.transaction() as connection:
        token = (await make_link(connection, user.id, api.now)).token
    context = await browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    one, two = await context.new_page(), await context.new_page()
    for page in (one, two):
        await page.goto(url(api, f"/sign-in/{token}"))
    await one.get_by_role("button", name="Sign in").click()
    await expect(one).to_have_url(url(api, "/"))
    # The second tab pressed too late, and yet it is signed in: it is the same browser.
    await two.get_by_role("button", name="Sign in").click()
    await expect(two.get_by_role("heading", level=1)).to_have_text("This link does not work")
    await two.goto(url(api, "/account"))
    await expect(two.get_by_text("Your role is Lead")).to_be_visible()
    # One tab signs out; the other learns it with its next page, and comes back to it after signing in.
    await one.get_by_text("dana", exact=True).click()
    await one.get_by_role("button", name="Sign out").click()
    await expect(one.get_by_role("heading", level=1)).to_have_text("Sign in")
    await two.get_by_role("button", name="Save").click()
    await expect(two.get_by_role("heading", level=1)).to_have_text("Sign in")
    await context.close()


async def test_a_form_of_another_site_does_nothing(api: ApiRig, page: Page) -> None:
    await page.goto(await first_link(api))
    await page.get_by_label("Your e-mail address").fill("ann@agency.example")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(url(api, "/"))
    # "localhost" is another site than "127.0.0.1", and the browser says so.
    target = url(api, "/account/sessions/end")
    await page.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<form method="post" action="{target}"><button>Win</button></form>'
        ),
    )
    await page.goto("http://evil.example/")
    await page.get_by_role("button", name="Win").click()
    await expect(page.get_by_text("asked for by another site")).to_be_visible()
    await page.goto(url(api, "/account"))
    await expect(page.get_by_text("Your role is Admin")).to_be_visible()


async def test_pages_cannot_be_framed(api: ApiRig, page: Page) -> None:
    await page.route(
        "http://evil.example/",
        lambda route: route.fulfill(content_type="text/html", body=f'<iframe src="{url(api, "/sign-in")}"></iframe>'),
    )
    await page.goto("http://evil.example/")
    # The browser shows a page of its own instead; that of the headless shell is empty.
    await page.frames[1].wait_for_url(re.compile("^chrome-error:"), wait_until="commit")
    await expect(page.frame_locator("iframe").get_by_text("Sign in")).to_have_count(0)
