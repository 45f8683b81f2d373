"""Connect a mailbox in the console: to the provider and back, only for who may, and only the mailbox's own account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sequences.access.role import Role
from sequences.mailboxes.own_mailbox import InboundWay
from services.access.audit import CLI
from services.mailboxes.keep import InboundAsked, KeepMailboxes, MailboxChanges, TransportAsked
from tests.support.console import COOKIE, LOCAL, a_browser, browser_of, new_user
from tests.support.mail_grants import oauth_settings
from tests.support.oidc import Provider, account, running_provider
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.html import parse

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
ADDRESS = "bo@agency.example"
START = "/mailboxes/connect/start?provider=google&access=servers&address="


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider(account("s-bo", ADDRESS), account("s-dana", "dana@agency.example")) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.change, running.scope, running.gives_refresh, running.refuses = None, None, True, None
    running.asked.clear()
    return running


@dataclass
class Stage:
    """An app, a provider, and browsers."""

    api: ApiRig
    provider: Provider
    open: AsyncExitStack

    async def signed_in(self, role: Role = Role.RECRUITER, email: str = ADDRESS) -> httpx.AsyncClient:
        browser = await browser_of(self.api, await new_user(self.api, role, email))
        return await self.open.enter_async_context(browser)

    async def there(self, browser: httpx.AsyncClient, address: str = ADDRESS, subject: str = "s-bo") -> str:
        led = await browser.get(START + address)
        assert led.status_code == 303, led.text
        back = await self.provider.log_in(str(led.headers["location"]), subject)
        return str(back).removeprefix(f"{LOCAL}/console")

    async def grants(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.api.fetch("SELECT * FROM mailbox_grant ORDER BY address")]

    async def refusals(self) -> list[str]:
        rows = await self.api.fetch("SELECT detail FROM audit_event WHERE act = 'mailbox_not_connected' ORDER BY id")
        return [row["detail"]["why"] for row in rows]


@asynccontextmanager
async def stage_of(database_url: str, provider: Provider, **more: Any) -> AsyncIterator[Stage]:
    async with open_api_rig(database_url, public_url=LOCAL, **more) as api, AsyncExitStack() as browsers:
        # The tokens are of now.
        api.now = datetime.now(UTC)
        yield Stage(api, provider, browsers)


@pytest.fixture
async def stage(database_url: str, provider: Provider) -> AsyncIterator[Stage]:
    async with stage_of(database_url, provider, **oauth_settings(provider.issuer)) as stage:
        yield stage


async def test_there_and_back(stage: Stage) -> None:
    browser = await stage.signed_in()
    page = await browser.get("/mailboxes/connect")
    assert "This mailbox is not connected" in page.text
    assert ADDRESS in page.text
    done = await browser.get(await stage.there(browser))
    assert done.status_code == 303, done.text
    page = await browser.get(done.headers["location"].removeprefix("/console"))
    assert "Connected. Mails of this mailbox can go out." in page.text
    (grant,) = await stage.grants()
    assert (grant["address"], grant["provider"], grant["access"], grant["subject"]) == (
        ADDRESS,
        "google",
        "servers",
        "s-bo",
    )
    asked = stage.provider.asked[0]
    assert asked["code_verifier"]
    (event,) = await stage.api.fetch("SELECT * FROM audit_event WHERE act = 'mailbox_connected'")
    assert "@" not in f"{event['subject']} {event['detail']}"
    ended = await browser.post("/mailboxes/connect/end", data={"address": ADDRESS})
    assert ended.status_code == 303
    (grant,) = await stage.grants()
    assert (grant["ended_why"], grant["refresh_token"]) == ("by_hand", None)
    page = await browser.get("/mailboxes/connect")
    assert "somebody disconnected it" in page.text


async def test_another_account_than_the_mailboxs(stage: Stage) -> None:
    browser = await stage.signed_in()
    refused = await browser.get(await stage.there(browser, subject="s-dana"))
    assert refused.status_code == 403
    assert f"That was another account than {ADDRESS}" in refused.text
    assert (await stage.grants(), await stage.refusals()) == ([], ["wrong_account"])


async def test_a_recruiter_connects_no_mailbox_of_another_and_an_admin_does(stage: Stage) -> None:
    browser = await stage.signed_in()
    refused = await browser.get(START + "dana@agency.example")
    assert refused.status_code == 403
    assert "is not your mailbox" in refused.text
    page = await browser.get("/mailboxes/connect?address=dana@agency.example")
    assert "dana@agency.example is not your mailbox" in page.text
    refused = await browser.post("/mailboxes/connect/end", data={"address": "dana@agency.example"})
    assert refused.status_code == 403
    admin = await stage.signed_in(Role.ADMIN, "admin@agency.example")
    done = await admin.get(await stage.there(admin, "dana@agency.example", "s-dana"))
    assert done.status_code == 303, done.text
    assert [grant["address"] for grant in await stage.grants()] == ["dana@agency.example"]
    auditor = await stage.signed_in(Role.AUDITOR, "look@agency.example")
    assert (await auditor.get("/mailboxes/connect")).status_code == 403


async def test_only_the_session_that_left_comes_back_and_once(stage: Stage) -> None:
    browser, other = await stage.signed_in(), await stage.signed_in(email="dana@agency.example")
    back = await stage.there(browser)
    # Somebody else's browser; and the same browser after another user has signed in.
    assert (await other.get(back)).status_code == 409
    mixed = await stage.open.enter_async_context(a_browser(stage.api))
    for cookie in browser.cookies.jar:
        mixed.cookies.set(cookie.name, cookie.value or "")
    mixed.cookies.set(COOKIE, other.cookies[COOKIE])
    assert (await mixed.get(back)).status_code == 409
    # It was used up by that.
    assert (await browser.get(back)).status_code == 409
    back = await stage.there(browser)
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 409
    assert await stage.refusals() == ["state_lost"] * 4


@pytest.mark.parametrize("why", ["rights_missing", "no_refresh", "not_verified", "token", "away", "denied"])
async def test_what_goes_wrong_there_connects_nothing(stage: Stage, why: str) -> None:
    browser = await stage.signed_in()
    back = await stage.there(browser)
    provider = stage.provider
    if why == "rights_missing":
        provider.scope = "openid email profile"
    elif why == "not_verified":
        provider.change = lambda claims: claims.update(email_verified=False)
    elif why == "no_refresh":
        provider.gives_refresh = False
    elif why == "token":
        provider.change = lambda claims: claims.update(nonce="another")
    elif why == "away":
        provider.refuses = (503, "server_error")
    else:
        back = f"{back.partition('?')[0]}?error=access_denied&state={httpx.URL(back).params['state']}"
    answer = await browser.get(back)
    assert answer.status_code == (503 if why == "away" else 403), answer.text
    assert (await stage.grants(), await stage.refusals()) == ([], [why])


@pytest.mark.parametrize("unticked", ["gmail.send", "gmail.readonly"])
async def test_one_box_that_was_unticked_is_named_and_the_next_try_connects(stage: Stage, unticked: str) -> None:
    browser = await stage.signed_in()
    rights = {"gmail.send", "gmail.readonly"} - {unticked}

    async def back() -> httpx.Response:
        led = await browser.get(START.replace("servers", "api") + ADDRESS)
        there = await stage.provider.log_in(str(led.headers["location"]), "s-bo")
        return await browser.get(str(there).removeprefix(f"{LOCAL}/console"))

    stage.provider.scope = " ".join(["openid", *(f"https://www.googleapis.com/auth/{each}" for each in rights)])
    refused = await back()
    assert refused.status_code == 403
    assert "Begin again, and leave all boxes ticked" in refused.text
    assert "Connect at Google" in refused.text, "from the same page"
    assert (await stage.grants(), await stage.refusals()) == ([], ["rights_missing"])
    stage.provider.scope = None
    assert (await back()).status_code == 303
    assert [grant["access"] for grant in await stage.grants()] == ["api"]


@pytest.mark.parametrize(
    "email", ["bo@elsewhere.example", "bo@agency.example.elsewhere.example", "bo@sub.agency.example"]
)
async def test_an_account_of_another_domain_is_another_account(stage: Stage, email: str) -> None:
    browser = await stage.signed_in()
    back = await stage.there(browser)
    stage.provider.change = lambda claims: claims.update(email=email, hd=email.partition("@")[2])
    refused = await browser.get(back)
    assert refused.status_code == 403
    assert f"That was another account than {ADDRESS}" in refused.text
    assert email not in refused.text
    assert (await stage.grants(), await stage.refusals()) == ([], ["wrong_account"])


MICROSOFT = START.replace("google", "microsoft")


@pytest.mark.parametrize(
    ("change", "why", "words"),
    [
        ({"email": None, "preferred_username": ADDRESS}, "", ""),
        ({"email": ADDRESS, "email_verified": None}, "", ""),
        ({"email": None, "preferred_username": "bo@other-tenant.example"}, "wrong_account", "another account"),
        # Another tenant signs with its own issuer, whatever address it has given its user.
        ({"iss": "https://login.microsoftonline.com/another-tenant/v2.0"}, "token", "cannot be trusted"),
        ({"aud": "another-client"}, "token", "cannot be trusted"),
    ],
)
async def test_microsoft_and_accounts_of_other_tenants(
    database_url: str, provider: Provider, change: dict[str, Any], why: str, words: str
) -> None:
    async with stage_of(database_url, provider, **oauth_settings(provider.issuer, "microsoft")) as stage:
        browser = await stage.signed_in()
        led = await browser.get(MICROSOFT + ADDRESS)
        asked = httpx.URL(led.headers["location"]).params
        assert "https://outlook.office.com/SMTP.Send" in asked["scope"]
        assert asked["login_hint"] == ADDRESS
        back = await provider.log_in(led.headers["location"], "s-bo")

        def as_entra(claims: dict[str, Any]) -> None:
            for name, value in change.items():
                claims.pop(name, None)
                if value is not None:
                    claims[name] = value

        provider.change = as_entra
        done = await browser.get(str(back).removeprefix(f"{LOCAL}/console"))
        assert done.status_code == (403 if why else 303), done.text
        assert words in done.text
        assert await stage.refusals() == ([why] if why else [])
        assert [grant["provider"] for grant in await stage.grants()] == ([] if why else ["microsoft"])


@pytest.mark.parametrize("error", ["access_denied", "consent_required", "unauthorized_client", "invalid_request"])
async def test_a_tenant_that_lets_nobody_in_says_so_with_what_to_do(
    database_url: str, provider: Provider, error: str
) -> None:
    async with stage_of(database_url, provider, **oauth_settings(provider.issuer, "microsoft")) as stage:
        browser = await stage.signed_in()
        led = await browser.get(MICROSOFT + ADDRESS)
        state = httpx.URL(led.headers["location"]).params["state"]
        said = "AADSTS65001: bo@agency.example has not consented"
        back = await browser.get(
            "/mailboxes/connect/callback", params={"error": error, "error_description": said, "state": state}
        )
        assert back.status_code == 403
        assert "if an administrator must approve Relance there" in back.text
        assert "AADSTS" not in back.text, "what stands in an address may be anybody's"
        assert (await stage.grants(), await stage.refusals()) == ([], ["denied"])


async def test_without_a_registration_there_is_no_button(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        browser = await stage.signed_in()
        assert "No provider is set up yet" in (await browser.get("/mailboxes/connect")).text
        assert (await browser.get(START + ADDRESS)).status_code == 404


async def test_the_form_of_a_connected_mailbox_leaves_its_transport_as_it_is(stage: Stage) -> None:
    changes = MailboxChanges(transport=TransportAsked(kind="gmail"), inbound=InboundAsked(kind=InboundWay.API))
    async with stage.api.database.transaction() as connection:
        made = await KeepMailboxes(stage.api.settings.keys()).add(connection, CLI, ADDRESS, changes, stage.api.now)
    admin = await stage.signed_in(Role.ADMIN, "admin@agency.example")
    page = await admin.get(f"/mailboxes/{made}")
    chosen = parse(page.text).xpath("//select[@name='transport' or @name='inbound']/option[@selected]/@value")
    assert chosen == ["gmail", "api"]
    assert f"/console/mailboxes/connect?address={ADDRESS.replace('@', '%40')}" in page.text
    # What it needs is known, and nothing else is offered.
    page = await admin.get(f"/mailboxes/connect?address={ADDRESS}")
    assert "access=api" in page.text
    assert "access=servers" not in page.text
    form = {"transport": "gmail", "inbound": "api", "pool": "outreach", "limits": "", "owner": ""}
    assert (await admin.post(f"/mailboxes/{made}/connection", data=form)).status_code == 303
    (row,) = await stage.api.fetch("SELECT transport, inbound, pool FROM mailbox WHERE id IS NOT NULL")
    assert dict(row) == {"transport": "gmail", "inbound": "api", "pool": "outreach"}
