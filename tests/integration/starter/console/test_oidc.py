"""Sign-in by an identity provider on a real port: who is let in, and every way in which it must not work."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters.settings import Settings
from sequences.access.role import Role
from services.reading.health import of_identity_provider
from tests.support.console import COOKIE, LOCAL, a_browser, new_user
from tests.support.oidc import SETTINGS, Provider, account, running_provider
from tests.support.rigs.api import ApiRig, open_api_rig, settings_for

# The provider that tests use signs in an older way of Authlib.
pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
BO = account("s-1", "bo@agency.example", groups=["relance-leads", "staff"])


@dataclass
class Stage:
    """An app, a provider, and one browser."""

    api: ApiRig
    provider: Provider
    browser: httpx.AsyncClient

    async def leave(self, path: str = "/sign-in/oidc") -> str:
        """Goes to the provider; its address."""
        led = await self.browser.get(path)
        assert led.status_code == 303, led.text
        return str(led.headers["location"])

    async def back(self, subject: str = "s-1") -> str:
        """Signs in there; the path and query that the browser is sent back to."""
        return inside(await self.provider.log_in(await self.leave(), subject))

    async def signed_in(self, subject: str = "s-1") -> httpx.Response:
        return await self.browser.get(await self.back(subject))

    async def refusals(self) -> list[str]:
        rows = await self.api.fetch("SELECT detail FROM audit_event WHERE act = 'sign_in_refused' ORDER BY id")
        return [row["detail"]["why"] for row in rows]


def inside(url: httpx.URL) -> str:
    assert str(url).startswith(f"{LOCAL}/console/sign-in/oidc/callback?")
    return str(url).removeprefix(f"{LOCAL}/console")


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """One for all: apps of the same settings are shared between tests."""
    with running_provider(BO, account("s-2", "bo@agency.example")) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.change = None
    running.asked.clear()
    return running


@asynccontextmanager
async def stage_of(database_url: str, provider: Provider, **more: Any) -> AsyncIterator[Stage]:
    settings = SETTINGS | {"oidc_issuer": provider.issuer, "public_url": LOCAL} | more
    async with open_api_rig(database_url, **settings) as api, a_browser(api) as browser:
        # The tokens are of now.
        api.now = datetime.now(UTC)
        yield Stage(api, provider, browser)


async def test_an_invited_user_signs_in(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        user = await new_user(stage.api, Role.RECRUITER, "Bo@agency.example")
        shown = (await stage.browser.get("/sign-in?next=/console/tasks")).text
        assert "Sign in with Agency login" in shown
        address = await stage.leave("/sign-in/oidc?next=/console/tasks")
        asked = {name: value for name, (value, *_) in parse_qs(urlsplit(address).query).items()}
        assert asked["redirect_uri"] == f"{LOCAL}/console/sign-in/oidc/callback"
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
        done = await stage.browser.get(inside(await stage.provider.log_in(address, "s-1")))
        assert (done.status_code, done.headers["location"]) == (303, "/console/tasks")
        assert len(stage.provider.asked[0]["code_verifier"]) == 43
        page = (await stage.browser.get("/account")).text
        assert "Bo (Bo@agency.example). Your role is Recruiter" in page
        (row,) = await stage.api.fetch("SELECT * FROM user_identity")
        assert (row["issuer"], row["subject"], row["user_id"]) == (stage.provider.issuer, "s-1", user.id)
        acts = await stage.api.fetch("SELECT act, detail FROM audit_event WHERE way = 'console' ORDER BY id")
        assert [row["act"] for row in acts] == ["identity_linked", "sign_in"]
        assert acts[1]["detail"] == {"way": "oidc"}


async def test_it_is_the_account_that_counts_and_not_its_address(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        user = await new_user(stage.api, Role.LEAD, "bo@agency.example")
        assert (await stage.signed_in()).status_code == 303
        # The address was given to somebody else.
        refused = await stage.signed_in("s-2")
        assert (refused.status_code, "another account" in refused.text) == (403, True)
        # And the first account keeps its user, whatever its address is now.
        stage.provider.change = lambda claims: claims.update(email="married@agency.example", email_verified=False)
        assert (await stage.signed_in()).status_code == 303
        await stage.api.execute("UPDATE console_user SET disabled_at = now() WHERE id = $1", user.id)
        refused = await stage.signed_in()
        assert (refused.status_code, "Ask an admin to invite you" in refused.text) == (403, True)
        assert await stage.refusals() == ["another_account", "not_invited"]


async def test_who_is_not_invited_or_not_known_stays_outside(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        refused = await stage.signed_in()
        assert (refused.status_code, "Ask an admin to invite you" in refused.text) == (403, True)
        await new_user(stage.api, Role.ADMIN, "bo@agency.example")
        stage.provider.change = lambda claims: claims.update(email_verified=False)
        refused = await stage.signed_in()
        assert (refused.status_code, "does not say that your address is yours" in refused.text) == (403, True)
        stage.provider.change = lambda claims: claims.pop("email_verified")
        assert (await stage.signed_in()).status_code == 403
        assert COOKIE not in stage.browser.cookies
        assert await stage.api.fetch("SELECT * FROM user_identity") == []


async def test_groups_give_roles(database_url: str, provider: Provider) -> None:
    roles = "lead: relance-leads, admin: relance-admins"
    async with stage_of(database_url, provider, oidc_roles=roles) as stage:
        user = await new_user(stage.api, Role.RECRUITER, "bo@agency.example")

        async def role() -> str:
            (row,) = await stage.api.fetch("SELECT role FROM console_user WHERE id = $1", user.id)
            return str(row["role"])

        await stage.signed_in()
        assert await role() == "lead"
        stage.provider.change = lambda claims: claims.update(groups=["relance-admins", "relance-leads"])
        await stage.signed_in()
        assert await role() == "admin"
        # Nobody else is an admin: the role stays, and the sign-in too.
        stage.provider.change = None
        assert (await stage.signed_in()).status_code == 303
        assert await role() == "admin"
        await new_user(stage.api, Role.ADMIN, "ann@agency.example")
        stage.provider.change = lambda claims: claims.update(groups=["staff"])
        await stage.signed_in()
        assert await role() == "admin"
        stage.provider.change = None
        await stage.signed_in()
        assert await role() == "lead"


async def test_another_browser_a_second_time_or_too_late(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        await new_user(stage.api, Role.LEAD, "bo@agency.example")
        path = await stage.back()
        async with a_browser(stage.api) as stranger:
            refused = await stranger.get(path)
            assert (refused.status_code, "begun in another browser" in refused.text) == (403, True)
            # With a sign-in of their own under way too.
            await stranger.get("/sign-in/oidc")
            assert (await stranger.get(path)).status_code == 403
        assert (await stage.browser.get(path)).status_code == 303
        again = await stage.browser.get(path)
        assert (again.status_code, "was used before" in again.text) == (403, True)
        late = await stage.back()
        stage.api.now += timedelta(minutes=10)
        assert (await stage.browser.get(late)).status_code == 403
        assert await stage.refusals() == ["state"] * 4


async def test_two_tabs_can_both_come_back(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        await new_user(stage.api, Role.LEAD, "bo@agency.example")
        one, two = await stage.back(), await stage.back()
        cookie = dict(stage.browser.cookies)
        assert (await stage.browser.get(one)).status_code == 303
        async with a_browser(stage.api, cookie) as same:
            assert (await same.get(two)).status_code == 303


def put(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(values)


LONG_AGO = int(datetime.now(UTC).timestamp()) - 7200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(put(iss="https://evil.example"), id="issuer"),
        pytest.param(put(aud="another"), id="audience"),
        pytest.param(put(aud=["relance", "another"]), id="audiences without a party"),
        pytest.param(put(aud=["relance", "another"], azp="another"), id="another party"),
        pytest.param(put(nonce="another"), id="nonce"),
        pytest.param(lambda claims: claims.pop("nonce"), id="no nonce"),
        pytest.param(put(exp=LONG_AGO, iat=LONG_AGO), id="expired"),
        pytest.param(lambda claims: claims.pop("sub"), id="no subject"),
    ],
)
async def test_a_token_that_is_not_good(
    database_url: str, provider: Provider, change: Callable[[dict[str, Any]], None], caplog: pytest.LogCaptureFixture
) -> None:
    async with stage_of(database_url, provider) as stage:
        await new_user(stage.api, Role.ADMIN, "bo@agency.example")
        stage.provider.change = change
        refused = await stage.signed_in()
        assert (refused.status_code, "cannot be trusted" in refused.text) == (403, True)
        assert COOKIE not in stage.browser.cookies
        assert await stage.refusals() == ["token"]
    (said,) = (each.getMessage() for each in caplog.records if each.name == "relance.console")
    assert "evil" not in said


async def test_a_changed_state_a_foreign_issuer_and_a_refusal(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider) as stage:
        await new_user(stage.api, Role.ADMIN, "bo@agency.example")
        path = await stage.back()
        assert (await stage.browser.get(path.replace("state=", "state=x"))).status_code == 403
        assert (await stage.browser.get("/sign-in/oidc/callback")).status_code == 403
        # Another provider answers for this one (RFC 9207).
        assert (await stage.browser.get(f"{path}&iss=https://evil.example")).status_code == 403
        state = parse_qs(urlsplit(await stage.leave()).query)["state"][0]
        denied = await stage.browser.get(f"/sign-in/oidc/callback?state={state}&error=access_denied")
        assert (denied.status_code, "did not let you in" in denied.text) == (403, True)
        state = parse_qs(urlsplit(await stage.leave()).query)["state"][0]
        assert (await stage.browser.get(f"/sign-in/oidc/callback?state={state}&code=guessed")).status_code == 403
        assert await stage.refusals() == ["state", "state", "token", "denied", "token"]
        await stage.api.execute(
            "INSERT INTO audit_event (at, way, act, address) SELECT $1, 'console', 'sign_in_refused', '127.0.0.1' "
            "FROM generate_series(1, 20)",
            stage.api.now,
        )
        assert (await stage.browser.get(path)).status_code == 429


async def test_a_provider_that_is_away_is_said(database_url: str, provider: Provider) -> None:
    async with stage_of(database_url, provider, oidc_issuer="http://localhost:9") as stage:
        away = await stage.browser.get("/sign-in/oidc")
        assert (away.status_code, "Agency login does not answer" in away.text) == (503, True)


async def test_health_says_whether_it_can_be_used(provider: Provider) -> None:
    def settings(issuer: str) -> Settings:
        return settings_for("postgresql://db", **SETTINGS | {"oidc_issuer": issuer})

    assert await of_identity_provider(settings_for("postgresql://db")) == []
    (good,) = await of_identity_provider(settings(provider.issuer))
    assert (good.good, good.words) == (True, "answers")
    # An issuer is compared to the letter.
    (other,) = await of_identity_provider(settings(f"{provider.issuer}/"))
    assert (other.good, "another issuer" in other.words) == (False, True)
    (away,) = await of_identity_provider(settings("http://localhost:9"))
    assert (away.good, "does not answer" in away.words) == (False, True)


async def test_without_a_provider_there_is_no_way(database_url: str) -> None:
    async with open_api_rig(database_url, public_url=LOCAL) as api, a_browser(api) as browser:
        assert "/sign-in/oidc" not in (await browser.get("/sign-in")).text
        assert (await browser.get("/sign-in/oidc")).status_code == 404
        assert (await browser.get("/sign-in/oidc/callback?state=a&code=b")).status_code == 404
