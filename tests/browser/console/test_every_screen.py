"""Every screen of the console's own routes on a phone, with many rows and long words: nothing sticks out or is cut off,
and everything that can be pressed is large enough for a finger."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from playwright.async_api import Page

from sequences.access.role import Role
from sequences.auto_enroll.messages import Origin
from starter.console.app import PATH, create_console
from tests.support.rigs.api import ways_for
from tests.support.rigs.cli import RecordedRules
from tests.support.screens.crowd import SEQUENCE, make_crowd
from tests.support.screens.eyes import cramped, keep_pictures, settled
from tests.support.screens.full_world import FullWorld, make_full_world
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.routes import walk
from tests.support.screens.world import RecordedOrders

pytestmark = pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "nightly",
    reason="a hundred screens, minutes of two cores: with HYPOTHESIS_PROFILE=nightly",
)

# What a route shows besides what it shows without a query, or in place of it.
VIEWS: dict[str, tuple[str, ...]] = {
    "/calendar": ("?view=day&day=2027-05-06", "", "?view=month"),
    "/calendar/people": (f"?day=2027-05-08&sequence={SEQUENCE}&step=call",),
    "/audit": ("?since=2027-01-01",),
    "/help": ("", "?q=mailbox"),
    "/inbox": ("?show=all&whose=everyone", "?whose=everyone"),
    "/lists": ("", "?list=a list of people 3"),
    "/next-steps": ("?whose=everyone", "?which=waits&whose=everyone"),
    "/people": ("", "?q=maximiliane", "?q=nobody has this name"),
    "/people/{person_id}": ("", f"?sequence={SEQUENCE}"),
    "/sequences": ("", "?state=archived"),
    "/sequences/{name}": (
        "",
        "?view=people",
        "?view=versions",
        "?view=settings",
        "?by=variant",
        "?by=week",
        "?by=owner",
        "?by=variant&since=2027-05-01",
    ),
    "/sequences/{name}/choose": ("?step=invite&variant=question",),
    "/sequences/{name}/edit": ("?person=c5", "?beside=1"),
    "/sequences/{name}/people": ("?outcome=entered", "?outcome=replied"),
    "/sequences/{name}/rules": ("", "?counts=1&scan=1"),
    "/settings": tuple(f"?part={part}" for part in ("", "mail", "texts", "retention", "owners", "fields")),
    "/statistics": ("?span=all", "?by=owner&span=all"),
    "/tasks": ("?whose=everyone", "?show=overdue&whose=everyone", "?show=done"),
    "/unmatched": ("", "?show=aside"),
    "/deliverability/messages": ("?mailbox=us", "?mailbox=us@agency.example"),
}
# They are no pages: files, numbers in the navigation, a mail in its frame, the way to an identity provider.
NO_PAGES = {
    "/audit.csv",
    "/badges",
    "/calendar/message/{enrollment}/{step}/html",
    "/confirm/{token}/oidc",
    "/help/pictures/{picture}",
    "/leads.csv",
    "/sequences/{name}/edit/answer",
    "/sequences/{name}/edit/attachments/{sha256}",
    "/sequences/{name}/edit/preview/{step}",
    "/sequences/{name}/numbers.csv",
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
}
_OPEN_ALL = "document.querySelectorAll('main details').forEach(each => { each.open = true; })"


@pytest_asyncio.fixture
async def crowded(database_url: str) -> AsyncIterator[tuple[ConsoleRig, FullWorld]]:
    rules = RecordedRules()
    await rules.start_scan(SEQUENCE, Origin.SCAN)
    async with open_console_rig(database_url, bulk=RecordedOrders(), rules=rules) as console:
        world = await make_full_world(console, "p2")
        ids = await make_crowd(console.api, console.viewer.user_id)
        console.see(role=Role.ADMIN)
        yield console, FullWorld(world.ids | ids)


def addresses(console: ConsoleRig, world: FullWorld) -> list[str]:
    """Of every page, from the routes of the app that runs."""
    app = create_console(ways_for(console.api))
    found: list[APIRoute] = [
        route for route in walk(app.routes) if "GET" in (route.methods or ()) and route.path not in NO_PAGES
    ]
    assert {route.path for route in found} >= set(VIEWS)
    return [
        world.address(route).partition("?")[0] + view
        for route in found
        if not route.path.startswith("/static")
        for view in VIEWS.get(route.path, ("",))
    ]


async def opened(page: Page, address: str) -> None:
    """Shows a page. A busy machine may answer that it takes too long: that is another screen, so it is asked again."""
    for _ in range(5):
        answer = await page.goto(address)
        assert answer is not None
        if answer.status != 503:
            break
    assert answer is not None
    assert answer.status < 500, (address, await page.text_content("main"))
    await settled(page)


@pytest.mark.timeout(1800)
async def test_every_screen_fits_a_phone(crowded: tuple[ConsoleRig, FullWorld], page: Page) -> None:
    console, world = crowded
    page.set_default_timeout(180_000)
    await page.set_viewport_size({"width": 360, "height": 800})
    found = {}
    for number, address in enumerate(addresses(console, world)):
        await opened(page, f"{console.url}{PATH}{address}")
        await page.evaluate(_OPEN_ALL)
        await keep_pictures(page, f"{number:03d}{address.replace('/', '_').replace('?', '--')[:80]}")
        if wrong := await cramped(page):
            found[address] = wrong
    assert found == {}
