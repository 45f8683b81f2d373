"""``/docs`` and ``/`` as a developer sees them."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.support.rigs.api import BEARER, ApiRig


@pytest_asyncio.fixture
async def watched(page: Page, api: ApiRig) -> Any:
    """The page, with everything that went wrong on it and every server that it asked."""
    wrong, asked = [], set()
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    return page, wrong, asked


# Swagger UI draws a hundred operations, which takes seconds of a processor each time: it is loaded once.
async def test_the_root_leads_to_the_documentation_and_all_of_that_works(watched: Any, api: ApiRig) -> None:
    page, wrong, asked = watched
    await api.person()
    await page.emulate_media(color_scheme="dark")
    await page.goto(f"{api.http.base_url}/")
    await page.get_by_role("link", name="how the API is used").click()
    await expect(page.locator(".opblock").first).to_be_visible()
    assert page.url == f"{api.http.base_url}/docs"
    await every_operation_is_listed(page, api)
    await one_opens(page)
    await its_colours_are_those_that_its_reader_likes(page)
    await nothing_is_beside_the_screen(page)
    await an_operation_is_tried_with_the_token(page)
    assert wrong == []
    assert asked == {urlsplit(str(api.http.base_url)).netloc}


async def scrolled(page: Page) -> AsyncIterator[set[tuple[str, str]]]:
    """Method and path of what is drawn, half a screen further each time: of so many only what is near is drawn."""
    await page.evaluate("scrollTo(0, 0)")
    is_below = False
    while not is_below:
        await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        drawn = await page.locator(".opblock").evaluate_all(
            "all => all.map(each => ['.opblock-summary-method', '.opblock-summary-path']"
            ".map(part => each.querySelector(part).innerText))"
        )
        yield {(method, path.replace("\u200b", "")) for method, path in drawn}
        is_below = await page.evaluate(
            "() => { const at = scrollY; scrollBy(0, innerHeight / 2); return scrollY === at; }"
        )


async def every_operation_is_listed(page: Page, api: ApiRig) -> None:
    described = (await api.http.get("/openapi.json")).json()["paths"]
    shown = set[tuple[str, str]]()
    async for drawn in scrolled(page):
        shown |= drawn
    assert shown == {(method.upper(), path) for path, methods in described.items() for method in methods}


async def go_to_operation(page: Page, method: str, path: str) -> None:
    async for drawn in scrolled(page):
        if (method, path) in drawn:
            return
    raise AssertionError(f"{method} {path} is not drawn")


def opened_operation(page: Page) -> Locator:
    return page.locator(".opblock", has=page.locator('[data-path="/enrollments"]')).filter(has_text="POST")


async def one_opens(page: Page) -> None:
    await go_to_operation(page, "POST", "/enrollments")
    opened = opened_operation(page)
    await opened.locator(".opblock-summary-control").click()
    body = opened.locator(".opblock-body")
    await expect(body).to_contain_text("idempotency_key")
    # The errors are there with their shape.
    for status in ("401", "404", "409", "422", "503"):
        await expect(body.locator(f'tr.response[data-code="{status}"]')).to_contain_text("hint")
    # What would be filled in is something that a person would write.
    await expect(body.locator(".opblock-section-request-body")).to_contain_text("new-services")


async def nothing_is_beside_the_screen(page: Page) -> None:
    for width in (1280, 360):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, width
    await page.set_viewport_size({"width": 1280, "height": 900})


async def brightness(element: Locator) -> list[float]:
    """From 0, black, to 1, white, of the first colour that is behind ``element``, and of its words."""
    found: list[float] = await element.evaluate(
        """element => {
            const light = text => { const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number);
                                    return a === 0 ? null : (r + g + b) / 765; };
            let at = element, behind = null;
            while (at && (behind = light(getComputedStyle(at).backgroundColor)) === null) at = at.parentElement;
            return [behind ?? 1, light(getComputedStyle(element).color)];
        }"""
    )
    return found


async def its_colours_are_those_that_its_reader_likes(page: Page) -> None:
    # The page was loaded in the dark; then the day begins.
    for dark in (True, False):
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await page.wait_for_function("dark => document.documentElement.matches('.dark-mode') === dark", arg=dark)
        for element in (page.locator(".info .title"), opened_operation(page).locator("table.headers td").first):
            behind, words = await brightness(element)
            assert (behind < 0.3, words > 0.5) == (dark, dark), (dark, behind, words)


async def an_operation_is_tried_with_the_token(page: Page) -> None:
    await page.get_by_role("button", name="Authorize", exact=True).click()
    await page.locator(".modal-ux input").fill(BEARER)
    await page.locator(".modal-ux").get_by_role("button", name=re.compile("Apply credentials")).click()
    await page.locator(".modal-ux .close-modal").click()
    await go_to_operation(page, "GET", "/people")
    opened = page.locator(".opblock", has=page.locator('[data-path="/people"]'))
    await opened.locator(".opblock-summary-control").click()
    await opened.get_by_role("button", name="Try it out").click()
    await opened.get_by_role("button", name="Execute").click()
    answer = opened.locator(".live-responses-table .response").first
    await expect(answer.locator(".response-col_status")).to_contain_text("200")
    await expect(answer).to_contain_text("p1@client.example")
