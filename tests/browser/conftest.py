"""A real browser: Debian's chromium, driven by Playwright. Where there is none the tests are skipped, and say so."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.rigs.api import ApiRig, open_api_rig

# Swagger UI draws ninety operations: on a busy machine it takes longer than the five seconds that are the default.
expect.set_options(timeout=20_000)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        yield api


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO BROWSER: the pages were not looked at; `apt-get install chromium` brings one")
    async with async_playwright() as playwright:
        # Chromium's own sandbox does not work for root, and a container's shared memory is too small for it.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(20_000)
    yield await context.new_page()
    await context.close()
