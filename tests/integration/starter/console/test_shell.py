"""The console's shell: sign-in shows to all, every other page leads there, and every answer has the headers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from starter.console.headers import HEADERS
from tests.support.rigs.api import ApiRig, open_api_rig

_OURS = "https://relance.agency.example"


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, public_url=_OURS) as api:
        yield api


async def test_sign_in_shows_and_the_first_page_leads_there(api: ApiRig) -> None:
    shown = await api.http.get("/console/sign-in")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>Sign in</h1>" in shown.text
    led = await api.http.get("/console/?a=b")
    assert (led.status_code, led.headers["location"]) == (303, "/console/sign-in?next=%2Fconsole%2F%3Fa%3Db")
    fragment = await api.http.get("/console/", headers={"HX-Request": "true"})
    # The page around it stays, and says so: what is typed there is not lost.
    assert (fragment.status_code, "hx-redirect" in fragment.headers) == (401, False)
    assert "<p data-message>You are signed out." in fragment.text


@pytest.mark.parametrize("path", ["/console/", "/console/sign-in", "/console/none"])
async def test_every_answer_has_the_headers(api: ApiRig, path: str) -> None:
    answer = await api.http.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_the_console_is_found_without_a_slash_and_below_a_path(database_url: str, api: ApiRig) -> None:
    led = await api.http.get("/console")
    assert (led.status_code, led.headers["location"]) == (308, "/console/")
    async with open_api_rig(database_url) as below:
        led = await below.http.get("/console")
        assert (led.status_code, led.headers["location"]) == (308, "/relance/console/")
        assert 'action="/relance/console/sign-in"' in (await below.http.get("/console/sign-in")).text


async def test_an_unknown_page_is_a_page(api: ApiRig) -> None:
    answer = await api.http.get("/console/none")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    # The API has its own errors.
    assert (await api.http.get("/none")).json()["error"] == "not_found"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": _OURS}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": _OURS}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 404),
        ({"Sec-Fetch-Site": "none"}, 404),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://relance.agency.example.evil.example"}, 403),
    ],
)
async def test_acts_come_from_our_own_pages(api: ApiRig, headers: dict[str, str], status: int) -> None:
    assert (await api.http.post("/console/none", headers=headers)).status_code == status


async def test_the_origin_is_the_public_one_or_that_of_the_request(api: ApiRig) -> None:
    for origin in (_OURS, str(api.http.base_url).rstrip("/")):
        assert (await api.http.post("/console/none", headers={"Origin": origin})).status_code == 404
