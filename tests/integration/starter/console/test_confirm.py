"""Acts that ask once more who it is: what was asked for is kept, and done when it is known."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from sequences.access.role import Role
from services.access.links import make_link
from services.access.users import User
from tests.support.console import LOCAL, a_browser, browser_of, new_user
from tests.support.oidc import SETTINGS, Provider, account, running_provider
from tests.support.rigs.api import ApiRig, open_api_rig

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
LATER = timedelta(minutes=10, seconds=1)
BATCH = "b2345678901"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider(account("s-1", "ann@agency.example"), account("s-2", "bo@agency.example")) as provider:
        yield provider


async def link_for(api: ApiRig, user: User) -> str:
    async with api.database.transaction() as connection:
        return f"{LOCAL}/console/sign-in/{(await make_link(connection, user.id, api.now)).token}"


def form_of(page: httpx.Response, words: str) -> tuple[str, dict[str, str]]:
    """The form with that button: where it goes, and what it says."""
    root = etree.HTML(page.text)
    (form,) = root.xpath(f"//form[.//button[contains(., '{words}')]]")
    fields = {each.get("name"): each.get("value") or "" for each in form.xpath(".//input[@name]")}
    return str(form.get("action")).removeprefix("/console"), fields


def confirm_path(asked: httpx.Response) -> str:
    assert asked.status_code == 303
    found = re.fullmatch(r"/console(/confirm/[\w-]{43})", asked.headers["location"])
    assert found, asked.headers["location"]
    return found[1]


async def acts(api: ApiRig) -> list[str]:
    rows = await api.fetch("SELECT act FROM audit_event WHERE way = 'console' ORDER BY id")
    return [row["act"] for row in rows]


async def test_a_file_asks_after_ten_minutes(api: ApiRig) -> None:
    ann = await new_user(api, Role.ADMIN, "ann@agency.example")
    async with await browser_of(api, ann) as browser:
        assert (await browser.get("/audit.csv")).status_code == 200
        api.now += LATER
        path = confirm_path(await browser.get("/audit.csv?act=sign%20in&who=u1"))
        shown = await browser.get(path)
        assert "To save this as a file, prove that it is you" in shown.text
        to, form = form_of(shown, "Continue")
        # A link of somebody else, and one that is none.
        other = await link_for(api, await new_user(api, Role.ADMIN, "bo@agency.example"))
        for link in (other, "nothing"):
            refused = await browser.post(to, data=form | {"link": link})
            assert (refused.status_code, "does not work, or is somebody else" in refused.text) == (403, True)
        done = await browser.post(to, data=form | {"link": await link_for(api, ann)})
        assert (done.status_code, done.headers["location"]) == (303, f"/console{path}")
        shown = await browser.get(path)
        assert 'href="/console/audit.csv?act=sign%20in&amp;who=u1"' in shown.text
        assert (await browser.get("/audit.csv")).status_code == 200
        assert "identity_proved" in await acts(api)


async def a_batch(api: ApiRig, people: int) -> None:
    await api.publish(auto_enroll={"real": {"person.status": ["Hot"]}})
    await api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at) "
        "VALUES ($1, 'hello', 1, 'scan', 'held', $3, $2)",
        BATCH,
        api.now,
        people,
    )
    for number in range(people):
        await api.person(f"p{number}", status="Hot")
        await api.execute(
            "INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at) "
            "VALUES ('hello', $1, $1, $2, 'held', $3)",
            f"p{number}",
            BATCH,
            api.now,
        )


async def test_a_large_approval_is_done_as_it_was_asked_for(database_url: str) -> None:
    async with open_api_rig(database_url, public_url=LOCAL, confirm_above=1) as api:
        await a_batch(api, 3)
        lea = await new_user(api, Role.LEAD, "lea@agency.example")
        async with await browser_of(api, lea) as browser, await browser_of(api, lea) as other:
            api.now += LATER
            path = f"/approvals/{BATCH}/decide"
            asked = {"key": "k" * 24, "decision": "approve-chosen", "record-p0": "1", "record-p2": "1"}
            confirm = confirm_path(await browser.post(path, data=asked))
            assert await acts(api) == ["decide_batch", "proof_asked"]
            # Only the session that asked.
            assert (await other.get(confirm)).status_code == 404
            to, form = form_of(await browser.get(confirm), "Continue")
            await browser.post(to, data=form | {"link": await link_for(api, lea)})
            to, form = form_of(await browser.get(confirm), "Go on: approve that many people")
            assert (to, form) == (path, asked)
            for _ in range(2):
                done = await browser.post(to, data=form)
                assert done.headers["location"] == "/console/approvals?said=batch_approve"
            rows = await api.fetch("SELECT record_id FROM rule_queue WHERE state = 'waiting' ORDER BY 1")
            assert [row["record_id"] for row in rows] == ["p0", "p2"]
            # One person is not many, and a discard reaches nobody.
            api.now += LATER
            one = await browser.post(path, data={"key": "l" * 24, "decision": "approve-chosen", "record-p1": "1"})
            assert one.headers["location"] == "/console/approvals?said=batch_approve"


async def test_what_was_kept_too_long_is_gone_and_htmx_is_led_there(api: ApiRig) -> None:
    ann = await new_user(api, Role.ADMIN, "ann@agency.example")
    async with await browser_of(api, ann) as browser:
        api.now += LATER
        led = await browser.get("/audit.csv", headers={"HX-Request": "true"})
        assert (led.status_code, led.content) == (200, b"")
        path = led.headers["hx-redirect"].removeprefix("/console")
        assert (await browser.get(path)).status_code == 200
        api.now += LATER
        gone = await browser.get(path)
        assert (gone.status_code, "kept for ten minutes only" in gone.text) == (404, True)
        # A new passkey is a new way in: it asks too.
        assert confirm_path(await browser.get("/account/passkeys/new"))


async def test_the_identity_provider_must_ask_again(database_url: str, running: Provider) -> None:
    running.change = None
    settings = SETTINGS | {"oidc_issuer": running.issuer, "public_url": LOCAL}
    async with open_api_rig(database_url, **settings) as api, a_browser(api) as browser:
        api.now = datetime.now(UTC)
        await new_user(api, Role.ADMIN, "ann@agency.example")
        await new_user(api, Role.ADMIN, "bo@agency.example")

        async def there_and_back(path: str, subject: str = "s-1") -> httpx.Response:
            led = await browser.get(path)
            back = await running.log_in(led.headers["location"], subject)
            return await browser.get(str(back).removeprefix(f"{LOCAL}/console"))

        await there_and_back("/sign-in/oidc")
        # Ten minutes pass for the session; the provider has a clock of its own.
        await api.execute("UPDATE console_session SET proved_at = $1", api.now - LATER)
        confirm = confirm_path(await browser.get("/audit.csv"))
        assert "Sign in with Agency login" in (await browser.get(confirm)).text
        led = await browser.get(f"{confirm}/oidc")
        assert "prompt=login" in led.headers["location"]
        assert "max_age=0" in led.headers["location"]

        def when(seconds: int) -> Any:
            return lambda claims: claims.update(auth_time=int(api.now.timestamp()) - seconds)

        def unsaid(claims: dict[str, Any]) -> None:
            claims.pop("auth_time", None)

        for change, words in ((unsaid, "does not say that it did"), (when(3600), "did not ask you again")):
            running.change = change
            refused = await there_and_back(f"{confirm}/oidc")
            assert (refused.status_code, words in refused.text) == (403, True)
        running.change = when(5)
        refused = await there_and_back(f"{confirm}/oidc", "s-2")
        assert (refused.status_code, "somebody else" in refused.text) == (403, True)
        assert confirm_path(await browser.get("/audit.csv"))
        done = await there_and_back(f"{confirm}/oidc")
        assert (done.status_code, done.headers["location"]) == (303, f"/console{confirm}")
        assert (await browser.get("/audit.csv")).status_code == 200
