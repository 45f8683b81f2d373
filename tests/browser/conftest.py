"""A real browser: Debian's chromium, driven by Playwright. Where there is none the tests are skipped, and say so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.eyes import note_refusals
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.waiting import PATIENCE

# On a busy machine a page takes longer than the five seconds that are the default.
expect.set_options(timeout=PATIENCE * 1000)
# The shell is chromium without the parts that only a person needs: the same pages for two thirds of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        yield api


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url) as console:
        yield console


# One for all files: it takes seconds to start.
@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: the pages were not looked at; `apt-get install chromium` brings one")
    async with async_playwright() as playwright:
        # Chromium's own sandbox does not work for root, and a container's shared memory is too small for it.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
def refused() -> list[str]:
    """What the content security policies of all pages refused. A test that wants a refusal looks for it, and clears."""
    return []


@pytest_asyncio.fixture
async def browser(chromium: Browser, refused: list[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """The browser; the test fails if a page of it wanted something that its policy refuses."""
    opened = chromium.new_context

    async def new_context(**options: Any) -> BrowserContext:
        context = await opened(**options)
        await note_refusals(context, refused)
        return context

    monkeypatch.setattr(chromium, "new_context", new_context)
    yield chromium
    assert refused == []


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(PATIENCE * 1000)
    yield await context.new_page()
    await context.close()
