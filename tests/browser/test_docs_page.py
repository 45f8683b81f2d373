"""``/docs`` and ``/`` as a developer sees them."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

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


@pytest.mark.parametrize("width", [1280, 360])
async def test_every_operation_is_listed_and_one_opens(watched: Any, api: ApiRig, width: int) -> None:
    page, wrong, asked = watched
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{api.http.base_url}/docs")
    operations = page.locator(".opblock")
    await expect(operations.first).to_be_visible()
    described = (await api.http.get("/openapi.json")).json()["paths"]
    assert await operations.count() == sum(len(methods) for methods in described.values())
    shown = {text.replace("\u200b", "") for text in await page.locator(".opblock-summary-path").all_inner_texts()}
    assert shown == set(described)

    opened = page.locator(".opblock", has=page.locator('[data-path="/enrollments"]')).filter(has_text="POST")
    await opened.locator(".opblock-summary-control").click()
    body = opened.locator(".opblock-body")
    await expect(body).to_contain_text("idempotency_key")
    # The errors are there with their shape.
    for status in ("401", "404", "409", "422", "503"):
        await expect(body.locator(f'tr.response[data-code="{status}"]')).to_contain_text("hint")
    # Nothing of it lies beside the screen, and what would be filled in is something that a person would write.
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    await expect(body.locator(".opblock-section-request-body")).to_contain_text("new-services")
    assert page.url.endswith(re.sub(r".*(#/)", r"\1", page.url))
    assert wrong == []
    assert asked == {urlsplit(str(api.http.base_url)).netloc}


async def _brightness(element: Any) -> list[float]:
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_has_the_colours_that_its_reader_likes(watched: Any, api: ApiRig, scheme: str) -> None:
    page, wrong, _ = watched
    await page.emulate_media(color_scheme=scheme)
    await page.goto(f"{api.http.base_url}/docs")
    opened = page.locator(".opblock", has=page.locator('[data-path="/enrollments"]')).filter(has_text="POST")
    await opened.locator(".opblock-summary-control").click()
    for element in (page.locator(".info .title"), opened.locator("table.headers td").first):
        behind, words = await _brightness(element)
        assert (behind < 0.3, words > 0.5) == ((scheme == "dark",) * 2), (scheme, behind, words)
    assert wrong == []


async def test_an_operation_is_tried_with_the_token(watched: Any, api: ApiRig) -> None:
    await api.person()
    page, wrong, _ = watched
    await page.goto(f"{api.http.base_url}/docs")
    await page.get_by_role("button", name="Authorize", exact=True).click()
    await page.locator(".modal-ux input").fill(BEARER)
    await page.locator(".modal-ux").get_by_role("button", name=re.compile("Apply credentials")).click()
    await page.locator(".modal-ux .close-modal").click()
    opened = page.locator(".opblock", has=page.locator('[data-path="/people"]'))
    await opened.locator(".opblock-summary-control").click()
    await opened.get_by_role("button", name="Try it out").click()
    await opened.get_by_role("button", name="Execute").click()
    answer = opened.locator(".live-responses-table .response").first
    await expect(answer.locator(".response-col_status")).to_contain_text("200")
    await expect(answer).to_contain_text("p1@client.example")
    assert wrong == []


async def test_the_root_leads_to_the_documentation(watched: Any, api: ApiRig) -> None:
    page, wrong, _ = watched
    await page.goto(f"{api.http.base_url}/")
    await page.get_by_role("link", name="how the API is used").click()
    await expect(page.locator(".opblock").first).to_be_visible()
    assert page.url == f"{api.http.base_url}/docs"
    assert wrong == []
