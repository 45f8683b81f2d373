"""Sessions: when they end, who ends them, and that nobody ends another one's."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sequences.access.role import Role
from services.access.audit import CLI
from services.access.users import change_role, disable
from services.drafts.draft import mark_of
from starter.console.app import create_console
from starter.console.next_page import is_page
from tests.support.console import a_browser, browser_of, new_user
from tests.support.rigs.api import ApiRig, ways_for
from tests.support.screens.html import faults, parse
from tests.support.screens.rig import without_keys
from tests.support.screens.routes import walk
from tests.support.screens.written import ONE, TEMPLATES, publish_written


async def session_ids(api: ApiRig, user: str) -> list[str]:
    found = await api.fetch("SELECT id FROM console_session WHERE user_id = $1 AND ended_at IS NULL ORDER BY id", user)
    return [row["id"] for row in found]


async def test_a_session_ends_when_it_is_not_used(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api)) as browser:
        api.now += timedelta(hours=11, minutes=59)
        assert (await browser.get("/account")).status_code == 200
        # That it was used counts.
        api.now += timedelta(hours=11, minutes=59)
        assert (await browser.get("/account")).status_code == 200
        api.now += timedelta(hours=12)
        led = await browser.get("/account")
        assert (led.status_code, led.headers["location"]) == (303, "/console/sign-in?next=%2Fconsole%2Faccount")


async def test_a_session_ends_after_a_week_however_it_is_used(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api)) as browser:
        for _ in range(16):
            api.now += timedelta(hours=10)
            assert (await browser.get("/account")).status_code == 200
        api.now += timedelta(hours=8)
        assert (await browser.get("/account")).status_code == 303


async def test_a_changed_role_and_a_disabled_user_end_every_session_at_once(api: ApiRig) -> None:
    await new_user(api, Role.ADMIN)
    for number, end in enumerate(("role", "disable")):
        user = await new_user(api, email=f"r{number}@agency.example")
        async with await browser_of(api, user) as one, await browser_of(api, user) as two:
            assert (await one.get("/account")).status_code == 200
            async with api.database.transaction() as connection:
                if end == "role":
                    assert await change_role(connection, CLI, user.id, Role.LEAD, api.now)
                else:
                    assert await disable(connection, CLI, user.id, api.now)
            for browser in (one, two):
                assert (await browser.get("/account")).status_code == 303
                assert (await browser.post("/account", data={"name": "Eve"})).status_code == 303
        assert await session_ids(api, user.id) == []
    names = {row["name"] for row in await api.fetch("SELECT name FROM console_user")}
    assert "Eve" not in names


async def test_sessions_are_listed_and_ended(api: ApiRig) -> None:
    user = await new_user(api)
    async with await browser_of(api, user) as here, await browser_of(api, user) as there:
        shown = await here.get("/account")
        assert shown.text.count("Firefox") >= 2
        assert shown.text.count(">this one<") == 1
        own = shown.text.partition(">this one<")[2].partition("/sessions/")[2].partition("/end")[0]
        other = next(each for each in await session_ids(api, user.id) if each != own)
        ended = await here.post(f"/account/sessions/{other}/end")
        assert (ended.status_code, ended.headers["location"]) == (303, "/console/account?said=session_ended")
        assert (await there.get("/account")).status_code == 303
        assert (await here.post(f"/account/sessions/{other}/end")).status_code == 404
        ended = await here.post(f"/account/sessions/{own}/end")
        assert (ended.status_code, ended.headers["location"]) == (303, "/console/sign-in")
        assert (await here.get("/account")).status_code == 303


async def test_signing_out_ends_the_session_and_not_only_the_cookie(api: ApiRig) -> None:
    user = await new_user(api)
    async with await browser_of(api, user) as browser, await browser_of(api, user) as copy:
        copy.cookies = browser.cookies.__class__(browser.cookies)
        done = await browser.post("/sign-out")
        assert (done.status_code, done.headers["location"]) == (303, "/console/sign-in")
        assert "Max-Age=0" in done.headers["set-cookie"]
        assert (await copy.get("/account")).status_code == 303


async def test_signing_out_everywhere(api: ApiRig) -> None:
    user, other = await new_user(api), await new_user(api, email="other@agency.example")
    async with (
        await browser_of(api, user) as one,
        await browser_of(api, user) as two,
        await browser_of(api, other) as theirs,
    ):
        assert (await one.post("/account/sessions/end")).status_code == 303
        assert (await two.get("/account")).status_code == 303
        assert (await theirs.get("/account")).status_code == 200


async def test_nobody_ends_another_ones_session(api: ApiRig) -> None:
    mine, theirs = await new_user(api), await new_user(api, email="other@agency.example")
    async with await browser_of(api, mine) as eve, await browser_of(api, theirs) as victim:
        (session,) = await session_ids(api, theirs.id)
        answer = await eve.post(f"/account/sessions/{session}/end")
        unknown = await eve.post("/account/sessions/cunknownunknown/end")
        # That it exists is not told either.
        assert without_keys(answer.text) == without_keys(unknown.text)
        assert answer.status_code == unknown.status_code == 404
        assert (await victim.get("/account")).status_code == 200


async def test_users_describe_themselves(api: ApiRig) -> None:
    user = await new_user(api)
    async with await browser_of(api, user) as browser:
        done = await browser.post("/account", data={"name": " Ann <i>", "timezone": "Europe/Berlin", "role": "admin"})
        assert done.status_code == 303
        shown = (await browser.get("/account")).text
        assert "Ann &lt;i&gt;" in shown
        # Half past nine in the summer of Berlin is eleven.
        assert "4 May 2027, 11:00<" in shown
        for wrong in ({"name": " ", "timezone": ""}, {"name": "Ann", "timezone": "Mars/Base"}):
            assert (await browser.post("/account", data=wrong)).status_code == 409
    found = await api.fetch("SELECT role, timezone FROM console_user WHERE id = $1", user.id)
    assert [row.as_dict() if hasattr(row, "as_dict") else dict(row) for row in found] == [
        {"role": "recruiter", "timezone": "Europe/Berlin"}
    ]


async def test_what_was_typed_when_the_session_had_ended_is_shown_again(api: ApiRig) -> None:
    async with a_browser(api) as browser:
        of_page = {"Referer": f"{browser.base_url}inbox/r1?whose=everyone"}
        form = {"key": "k" * 24, "words": "Dear <Ann>,\r\nthank you.", "channel": "all"}
        shown = await browser.post("/inbox/r1/answer", data=form, headers=of_page)
        assert shown.status_code == 401
        assert faults(shown.text) == []
        (field,) = parse(shown.text).xpath("//textarea")
        # HTML drops the first end of line.
        assert field.text == "\nDear <Ann>,\nthank you."
        back = "/console/sign-in?next=%2Fconsole%2Finbox%2Fr1%3Fwhose%3Deveryone"
        assert parse(shown.text).xpath("//main//a/@href") == [back]
        # The same form again, to be sent once they are signed in.
        (again,) = parse(shown.text).xpath("//main//form")
        assert again.get("action") == "/console/inbox/r1/answer"
        assert field.get("name") == "words"
        hidden = {each.get("name"): each.get("value") for each in again.xpath(".//input")}
        assert hidden == {"key": form["key"], "channel": "all"}
        # Where nothing was typed there is nothing to show, but a way back.
        led = await browser.post("/tasks/t1/done", data={"key": "k"}, headers=of_page)
        assert (led.status_code, led.headers["location"]) == (303, back)
        away = await browser.post("/tasks/t1/done", data={"key": "k"}, headers={"Referer": "https://evil.example//x"})
        assert away.headers["location"] == "/console/sign-in"
        assert (await browser.post("/people/import", files={"file": b"a b"})).status_code == 303
        assert (await browser.post("/tasks/t1/done", content=b"\xff")).status_code == 303


async def test_a_frame_says_that_one_is_signed_out(api: ApiRig) -> None:
    async with a_browser(api) as browser:
        shown = await browser.get("/sequences/hello/edit/preview/one", headers={"Sec-Fetch-Dest": "iframe"})
        assert (shown.status_code, "You are signed out" in shown.text) == (401, True)
        assert "frame-ancestors 'self'; sandbox" in shown.headers["content-security-policy"]


async def test_both_texts_of_a_conflict_outlive_the_session(api: ApiRig) -> None:
    await publish_written(api)
    ann, bo = await new_user(api, Role.LEAD), await new_user(api, Role.LEAD, "bo@agency.example")
    text, edit = "/sequences/hello/edit/text", "/console/sequences/hello/edit"

    def form_of(page: str) -> dict[str, str]:
        (form,) = parse(page).xpath("//main//form[contains(@action, '/edit/text')]")
        words = {each.get("name"): each.text.removeprefix("\n") for each in form.xpath(".//textarea")}
        return {each.get("name"): each.get("value") for each in form.xpath(".//input")} | words

    async with await browser_of(api, bo) as theirs:

        async def write(words: str, mark: str) -> str:
            form = {"file": ONE, "text": f"Subject: {words}\n\n{words}\n", "mark": mark}
            assert (await theirs.post(text, data=form)).status_code == 303
            return mark_of(form["text"])

        first = mark_of(TEMPLATES[ONE])
        second = await write("Bo wrote this", first)
        async with await browser_of(api, ann) as mine:
            sent = {"key": "k1", "file": ONE, "text": "Subject: Ann wrote that\n\nHi\n", "mark": first}
            conflict = await mine.post(text, data=sent)
            assert conflict.status_code == 409
            await api.execute("UPDATE console_session SET ended_at = $1 WHERE user_id = $2", api.now, ann.id)
            here = {"Referer": f"{mine.base_url}{text[1:]}"}
            late = await mine.post(text, data=form_of(conflict.text), headers=here)
            assert (late.status_code, "Ann wrote that" in late.text) == (401, True)
            (sign_in,) = parse(late.text).xpath("//main//a/@href")
            assert parse_qs(urlsplit(sign_in).query) == {"next": [edit]}
        # Meanwhile there is a third text. Signed in again, the same form leads to the same page.
        await write("Bo wrote more", second)
        async with await browser_of(api, ann) as mine:
            again = await mine.post(text, data=form_of(late.text), headers=here)
            assert again.status_code == 409
            assert all(words in again.text for words in ("Ann wrote that", "Bo wrote more"))


async def test_after_signing_in_there_is_a_page_whatever_form_was_sent(api: ApiRig) -> None:
    app = create_console(ways_for(api))
    only_posted = {
        route.path
        for route in walk(app.routes)
        if "POST" in (route.methods or ()) and not is_page(app, address_of(route.path))
    }
    assert {"/sequences/{name}/edit/text", "/tasks/{task}/done", "/sign-out"} <= only_posted
    user = await new_user(api, Role.ADMIN)
    async with a_browser(api) as nobody, await browser_of(api, user) as admin:
        for path in sorted(only_posted):
            address = address_of(path)
            here = f"/console{address}"
            # A form on the page that such an address answered with, and the address itself.
            sent = await nobody.post(address, headers={"Referer": f"{nobody.base_url}{address[1:]}?person=p1"})
            (back,) = parse_qs(urlsplit(sent.headers["location"]).query).get("next", ["/console/"])
            opened = await nobody.get(address)
            by_hand = await admin.get("/sign-in", params={"next": here})
            for led in (back, opened.headers["location"], by_hand.headers["location"]):
                assert led.startswith("/console/"), path
                assert is_page(app, urlsplit(led).path.removeprefix("/console")), (path, led)
            assert opened.status_code == by_hand.status_code == 303
        edit = "/console/sequences/hello/edit"
        for wanted, page in ((f"{edit}/text?person=p1", edit), (f"{edit}?person=p1", f"{edit}?person=p1")):
            asked = await admin.get("/sign-in", params={"next": wanted})
            assert asked.headers["location"] == page


def address_of(path: str) -> str:
    """One that exists nowhere."""
    return re.sub(r"\{(\w+)\}", "unknownunknown", path)
