"""Signing in by a link: what works, and everything that must not."""

import asyncio
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest

from sequences.access.role import Role
from services.access.audit import CLI
from services.access.links import make_first_link, make_link
from services.access.users import Invitation, User, invite
from tests.support.console import COOKIE, LOCAL, OWN_PAGE, a_browser, browser_of, new_user
from tests.support.rigs.api import ApiRig, open_api_rig


async def link_for(api: ApiRig, user: User) -> str:
    async with api.database.transaction() as connection:
        return (await make_link(connection, user.id, api.now)).token


async def first_link(api: ApiRig) -> str:
    async with api.database.transaction() as connection:
        made = await make_first_link(connection, api.now)
        assert made is not None
        return made.token


async def test_a_link_shows_a_button_and_only_the_button_spends_it(api: ApiRig) -> None:
    user = await new_user(api, Role.LEAD, "dana@agency.example")
    token = await link_for(api, user)
    async with a_browser(api) as browser:
        # Scanners of mail open a link, some of them often.
        for _ in range(3):
            shown = await browser.get(f"/sign-in/{token}")
            assert shown.status_code == 200
            assert "sign in as dana (dana@agency.example)" in shown.text
            assert shown.headers["referrer-policy"] == "no-referrer"
            assert "set-cookie" not in shown.headers
        done = await browser.post(f"/sign-in/{token}", data={"next": "/console/account"})
        assert (done.status_code, done.headers["location"]) == (303, "/console/account")
        page = await browser.get("/account")
        assert (page.status_code, "Your role is Lead" in page.text) == (200, True)
        assert page.headers["cache-control"] == "no-store"


async def test_a_link_works_once(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as mine, a_browser(api) as theirs:
        assert (await mine.post(f"/sign-in/{token}")).status_code == 303
        again = await theirs.post(f"/sign-in/{token}")
        assert (again.status_code, "set-cookie" in again.headers) == (410, False)
        assert (await theirs.get(f"/sign-in/{token}")).status_code == 410
        assert (await mine.get("/account")).status_code == 200


async def test_of_two_tabs_one_wins(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as one, a_browser(api) as two:
        answers = await asyncio.gather(one.post(f"/sign-in/{token}"), two.post(f"/sign-in/{token}"))
    assert sorted(answer.status_code for answer in answers) == [303, 410]


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(api: ApiRig) -> None:
    user = await new_user(api)
    replaced, spent, late = (await link_for(api, user), await link_for(api, user), "")
    async with a_browser(api) as browser:
        await browser.post(f"/sign-in/{spent}")
    gone = await new_user(api, email="gone@agency.example")
    disabled = await link_for(api, gone)
    await api.execute("UPDATE console_user SET disabled_at = now() WHERE id = $1", gone.id)
    late = await link_for(api, await new_user(api, email="late@agency.example"))
    await api.execute("UPDATE sign_in_link SET expires_at = $1 WHERE user_id <> $2", api.now, user.id)
    unknown = "A" * 43
    pages = set()
    async with a_browser(api) as browser:
        for token in (replaced, spent, disabled, late, unknown, "short", "x" * 2000):
            for answer in (await browser.get(f"/sign-in/{token}"), await browser.post(f"/sign-in/{token}")):
                pages.add((answer.status_code, answer.text, answer.headers.get("set-cookie")))
    assert len(pages) == 1
    assert pages.pop()[0] == 410


async def test_a_link_ends_after_a_quarter_of_an_hour(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as browser:
        api.now += timedelta(minutes=14, seconds=59)
        assert (await browser.get(f"/sign-in/{token}")).status_code == 200
        api.now += timedelta(seconds=1)
        assert (await browser.post(f"/sign-in/{token}")).status_code == 410


async def test_what_is_stored_opens_nothing(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as browser:
        await browser.post(f"/sign-in/{token}")
        cookie = browser.cookies[COOKIE]
    for table in ("sign_in_link", "console_session", "audit_event", "console_user"):
        found = await api.fetch(f"SELECT t::text AS row FROM {table} t")
        assert found
        for secret in (token, cookie):
            assert not any(secret in row["row"] or secret.encode().hex() in row["row"] for row in found)


async def test_a_session_that_a_stranger_chose_is_never_taken_over(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    planted = "B" * 43
    async with a_browser(api, {COOKIE: planted}) as browser:
        done = await browser.post(f"/sign-in/{token}")
        mine = SimpleCookie(done.headers["set-cookie"])[COOKIE].value
        assert mine != planted
    async with a_browser(api, {COOKIE: planted}) as stranger:
        assert (await stranger.get("/account")).status_code == 303


async def test_signing_in_again_is_another_session_and_ends_the_first(api: ApiRig) -> None:
    user = await new_user(api)
    async with await browser_of(api, user) as browser:
        before = browser.cookies[COOKIE]
        done = await browser.post(f"/sign-in/{await link_for(api, user)}")
        assert done.status_code == 303
    async with a_browser(api, {COOKIE: before}) as old:
        assert (await old.get("/account")).status_code == 303


async def test_a_pasted_link_leads_to_its_page(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as browser:
        for pasted in (f"{LOCAL}/console/sign-in/{token}", f"  {token} ", f"x/sign-in/{token}?a=b"):
            led = await browser.post("/sign-in", data={"link": pasted, "next": "/console/audit"})
            assert led.status_code == 303
            assert led.headers["location"] == f"/console/sign-in/{token}?next=%2Fconsole%2Faudit"
        wrong = await browser.post("/sign-in", data={"link": "https://evil.example/"})
        assert (wrong.status_code, "not a sign-in link" in wrong.text) == (422, True)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/console//evil.example", "/console/\\evil", "/other", "", "/console"],
)
async def test_sign_in_leads_to_pages_of_ours_only(api: ApiRig, wanted: str) -> None:
    token = await link_for(api, await new_user(api))
    async with a_browser(api) as browser:
        done = await browser.post(f"/sign-in/{token}", data={"next": wanted})
        assert done.headers["location"] == "/console/"


async def test_who_is_signed_in_needs_no_sign_in(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api)) as browser:
        led = await browser.get("/sign-in", params={"next": "/console/account"})
        assert (led.status_code, led.headers["location"]) == (303, "/console/account")


async def test_too_many_links_that_do_not_work_must_wait(api: ApiRig) -> None:
    good = await link_for(api, await new_user(api))
    async with a_browser(api) as browser:
        for _ in range(20):
            assert (await browser.post(f"/sign-in/{'C' * 43}")).status_code == 410
        for answer in (await browser.post(f"/sign-in/{good}"), await browser.get(f"/sign-in/{good}")):
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
        # What is refused is not written any more: nobody fills the disk this way.
        refused = await api.fetch("SELECT count(*) AS n FROM audit_event WHERE act = 'sign_in_refused'")
        assert refused[0]["n"] == 20
        good = await link_for(api, await new_user(api))
        api.now += timedelta(minutes=15)
        good = await link_for(api, await new_user(api))
        assert (await browser.post(f"/sign-in/{good}")).status_code == 303


async def test_the_first_admin_comes_by_a_link_of_their_own(api: ApiRig) -> None:
    older, token = await first_link(api), await first_link(api)
    async with a_browser(api) as browser:
        assert (await browser.get(f"/sign-in/{older}")).status_code == 410
        assert "become the first admin" in (await browser.get(f"/sign-in/{token}")).text
        wrong = await browser.post(f"/sign-in/{token}", data={"email": "nothing", "name": "<b>Ann</b>"})
        assert (wrong.status_code, "not an e-mail address" in wrong.text) == (422, True)
        assert "&lt;b&gt;Ann" in wrong.text
        api.now += timedelta(hours=23)
        done = await browser.post(f"/sign-in/{token}", data={"email": "ann@agency.example", "name": "Ann"})
        assert done.status_code == 303
        assert "Ann (ann@agency.example). Your role is Admin" in (await browser.get("/account")).text
    async with api.database.transaction() as connection:
        assert await make_first_link(connection, api.now) is None


async def test_a_first_link_is_worth_nothing_once_there_is_a_user(api: ApiRig) -> None:
    token = await first_link(api)
    async with api.database.transaction() as connection:
        await invite(connection, CLI, Invitation("ann@agency.example", Role.ADMIN), api.now)
    async with a_browser(api) as browser:
        assert (await browser.get(f"/sign-in/{token}")).status_code == 410
        answer = await browser.post(f"/sign-in/{token}", data={"email": "eve@agency.example", "name": "Eve"})
        assert answer.status_code == 410
    assert [row["email"] for row in await api.fetch("SELECT email FROM console_user")] == ["ann@agency.example"]


async def test_two_first_admins_at_once_are_one(api: ApiRig) -> None:
    token = await first_link(api)
    async with a_browser(api) as one, a_browser(api) as two:
        answers = await asyncio.gather(
            one.post(f"/sign-in/{token}", data={"email": "a@agency.example"}),
            two.post(f"/sign-in/{token}", data={"email": "b@agency.example"}),
        )
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert len(await api.fetch("SELECT * FROM console_user")) == 1


async def test_by_tls_the_cookie_is_bound_to_the_host(database_url: str) -> None:
    async with open_api_rig(database_url, public_url="https://relance.agency.example") as api:
        user = await new_user(api)
        token = await link_for(api, user)
        async with a_browser(api) as browser:
            done = await browser.post(f"/sign-in/{token}", headers={"Host": "relance.agency.example"})
            assert done.status_code == 303
            parts = {part.strip().lower() for part in done.headers["set-cookie"].split(";")[1:]}
            assert done.headers["set-cookie"].startswith("__Host-relance_session=")
            assert parts >= {"path=/", "secure", "httponly", "samesite=lax"}
            assert not any(part.startswith("domain") for part in parts)
            # A cookie without the prefix, as another host of the domain could set it, is not read.
            value = SimpleCookie(done.headers["set-cookie"])["__Host-relance_session"].value
            plain = await browser.get("/account", headers={"Cookie": f"relance_session={value}"})
            assert plain.status_code == 303
            good = await browser.get("/account", headers={"Cookie": f"__Host-relance_session={value}"})
            assert (good.status_code, "not encrypted" in good.text) == (200, False)


@pytest.mark.parametrize(
    ("public_url", "host"),
    [("http://relance.lan:8080", "relance.lan:8080"), (LOCAL, "10.0.0.7:8080"), ("http://10.0.0.7", "127.0.0.1")],
)
async def test_over_a_network_without_tls_nobody_signs_in(database_url: str, public_url: str, host: str) -> None:
    async with open_api_rig(database_url, public_url=public_url) as api:
        token = await link_for(api, await new_user(api))
        async with a_browser(api) as browser:
            for answer in (
                await browser.get("/sign-in", headers={"Host": host}),
                await browser.get(f"/sign-in/{token}", headers={"Host": host}),
                await browser.post(f"/sign-in/{token}", headers={"Host": host}),
            ):
                assert (answer.status_code, "needs HTTPS" in answer.text) == (403, True)


async def test_on_this_machine_a_banner_says_that_nothing_is_encrypted(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api)) as browser:
        assert "not encrypted" in (await browser.get("/account")).text


async def test_another_site_cannot_sign_a_browser_in(api: ApiRig) -> None:
    token = await link_for(api, await new_user(api))
    answer = await api.http.post(
        f"/console/sign-in/{token}", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    )
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert (await api.http.post(f"/console/sign-in/{token}", headers=OWN_PAGE)).status_code == 303


async def test_the_api_takes_no_cookie_and_the_console_no_token(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as browser:
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
    assert (await api.http.get("/people", headers={"Cookie": cookie})).status_code == 401
    answer: httpx.Response = await api.ask("GET", "/console/account")
    assert answer.status_code == 303
