"""Passkeys in a real browser, with an authenticator that Chromium plays: made, used, removed; and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page, expect

from sequences.access.role import Role
from tests.support.console import COOKIE, OWN_PAGE, new_user, session_of
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.eyes import look, watch
from tests.support.waiting import PATIENCE


@dataclass
class Key:
    """A page with an authenticator beside it."""

    api: ApiRig
    page: Page
    session: CDPSession
    id: str = ""
    wrong: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        # Passkeys belong to a name: an address of numbers has none.
        return f"http://localhost:{self.api.http.base_url.port}/console"

    async def plug_in(self, **more: Any) -> None:
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        found = await self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options | more})
        self.id = found["authenticatorId"]

    async def credentials(self) -> list[dict[str, Any]]:
        found = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    async def forget(self) -> None:
        """Takes the session from the browser: not while a badge loads, which would be answered with a 401."""
        await self.page.wait_for_load_state("networkidle")
        await self.page.context.clear_cookies()

    async def add(self, name: str) -> None:
        await self.page.goto(f"{self.base}/account/passkeys/new")
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_role("button", name="Make the passkey").click()


@pytest_asyncio.fixture
async def key(database_url: str, browser: Browser) -> AsyncIterator[Key]:
    async with open_api_rig(database_url, public_url="http://localhost:8080") as api:
        context = await browser.new_context(viewport={"width": 360, "height": 800})
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        key = Key(api, page, session, wrong=watch(page))
        user = await new_user(api, Role.LEAD, "bo@agency.example")
        await context.add_cookies([{"name": COOKIE, "value": await session_of(api, user), "url": key.base}])
        yield key
        await context.close()


@pytest.mark.slow
async def test_a_passkey_is_made_used_and_removed(key: Key) -> None:
    page = key.page
    await key.plug_in()
    await page.goto(f"{key.base}/account")
    await page.get_by_role("link", name="Add a passkey").click()
    assert await look(page, "passkey-new-360") == []
    await key.add("Work laptop")
    await expect(page).to_have_url(f"{key.base}/account?said=passkey_added")
    await expect(page.get_by_role("row", name=re.compile("Work laptop"))).to_be_visible()
    assert await look(page, "account-passkeys-360") == []
    # The same device makes no second one.
    await key.add("Again")
    await expect(page.get_by_text("The passkey was not used")).to_be_visible()
    assert len(await key.credentials()) == 1

    await key.forget()
    await page.goto(f"{key.base}/tasks")
    await page.get_by_role("link", name="Sign in with a passkey").click()
    # The page asks at once, so one press signs in, and leads on to where one wanted to go.
    await expect(page).to_have_url(f"{key.base}/tasks")
    (row,) = await key.api.fetch("SELECT * FROM passkey")
    assert row["sign_count"] > 0
    assert row["last_used_at"] is not None
    acts = await key.api.fetch("SELECT act, detail FROM audit_event WHERE way = 'console' ORDER BY id")
    assert [row["act"] for row in acts] == ["add_own_passkey", "passkey_added", "sign_in"]
    assert acts[2]["detail"] == {"way": "passkey"}

    # Later it proves once more who it is, and the page that was asked for comes.
    key.api.now += timedelta(minutes=11)
    await page.goto(f"{key.base}/account/passkeys/new")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Once more: who is it?")
    assert await look(page, "confirm-360") == []
    await page.get_by_role("button", name="Use a passkey").click()
    go_on = page.get_by_role("link", name="Go on: add a passkey")
    await expect(go_on).to_be_visible()
    assert await look(page, "confirmed-360") == []
    await go_on.click()
    await expect(page.get_by_role("button", name="Make the passkey")).to_be_visible()

    await page.goto(f"{key.base}/account")
    await page.get_by_role("button", name="Remove Work laptop").click()
    await expect(page.get_by_text("You have none.")).to_be_visible()
    await key.forget()
    await page.goto(f"{key.base}/sign-in/passkey")
    await expect(page.get_by_text("this passkey is not known, or was removed")).to_be_visible()
    assert await look(page, "sign-in-passkey-360") == []
    assert key.wrong == ["Failed to load resource: the server responded with a status of 403 (Forbidden)"]


@pytest.mark.slow
async def test_what_a_passkey_must_not_do(key: Key) -> None:
    page, api = key.page, key.api
    await key.plug_in()
    await key.add("Key")
    await expect(page).to_have_url(f"{key.base}/account?said=passkey_added")
    await key.forget()
    forms: list[dict[str, str]] = []
    await page.route("**/sign-in/passkey", lambda route: keep(route, forms))
    await page.goto(f"{key.base}/sign-in/passkey")
    await expect(page.get_by_text("kept")).to_be_visible()
    (form,) = forms
    cookies = {each["name"]: each["value"] for each in await page.context.cookies()}

    async def post(form: dict[str, str], cookies: dict[str, str]) -> int:
        answer = await api.http.post(
            "/console/sign-in/passkey",
            data=form,
            headers=OWN_PAGE
            | {"Host": key.base.split("/")[2], "Cookie": "; ".join(f"{a}={b}" for a, b in cookies.items())},
        )
        return answer.status_code

    # Another browser, and a challenge that was never asked.
    assert await post(form, {"relance_attempt": "B" * 43}) == 403
    assert await post(form | {"challenge": "C" * 43}, cookies) == 403
    assert await post(form | {"credential": "{}"}, cookies) == 403
    # The challenge was spent by the try before, whatever came of it.
    assert await post(form, cookies) == 403
    assert (
        await api.fetch("SELECT * FROM console_session WHERE ended_at IS NULL AND device <> 'Firefox/140.0 on a test'")
        == []
    )

    # A copy of the key counts less than the key did.
    await api.execute("UPDATE passkey SET sign_count = 1000")
    await page.unroute("**/sign-in/passkey")
    await page.goto(f"{key.base}/sign-in/passkey")
    await expect(page.get_by_text("could not be checked")).to_be_visible()
    await api.execute("UPDATE passkey SET sign_count = 0")
    # Nobody proved to the device who they are.
    await key.session.send("WebAuthn.setUserVerified", {"authenticatorId": key.id, "isUserVerified": False})
    await page.goto(f"{key.base}/sign-in/passkey")
    await expect(page.get_by_text("The passkey was not used")).to_be_visible()
    await key.session.send("WebAuthn.setUserVerified", {"authenticatorId": key.id, "isUserVerified": True})
    await api.execute("UPDATE console_user SET disabled_at = now()")
    await page.goto(f"{key.base}/sign-in/passkey")
    await expect(page.get_by_text("this passkey is not known")).to_be_visible()


async def keep(route: Any, forms: list[dict[str, str]]) -> None:
    """Keeps what the page would send, and sends nothing."""
    if route.request.method != "POST":
        await route.continue_()
        return
    forms.append(dict(parse_qsl(route.request.post_data, keep_blank_values=True)))
    assert json.loads(forms[-1]["credential"])["type"] == "public-key"
    await route.fulfill(content_type="text/html", body="kept")
