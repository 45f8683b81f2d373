"""A button that is pressed twice does nothing twice, and is answered the same."""

import asyncio
from datetime import timedelta

import pytest

from sequences.access.role import Role
from services.access.links import make_link
from services.retention.remove import Retention
from tests.support.console import COOKIE, a_browser, browser_of, new_user
from tests.support.rigs.api import ApiRig


async def acts(api: ApiRig) -> list[str]:
    return [row["act"] for row in await api.fetch("SELECT act FROM audit_event WHERE way = 'console' ORDER BY id")]


async def test_a_second_press_is_answered_the_same(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        form = {"key": "k" * 24, "email": "bo@agency.example", "role": "lead"}
        first = await admin.post("/users", data=form)
        again = await admin.post("/users", data=form)
        assert first.status_code == again.status_code == 200
        # Even a link that is shown once: the answer is the same one, and not a second link.
        assert first.text == again.text
        assert again.headers["cache-control"] == "no-store"
        assert await acts(api) == ["invite_user", "user_invited"]
        # What the form says is part of it.
        other = await admin.post("/users", data=form | {"email": "cy@agency.example"})
        assert (other.status_code, other.text != first.text) == (200, True)


async def test_two_presses_at_once_are_one(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        form = {"key": "k" * 24, "email": "bo@agency.example"}
        one, two = await asyncio.gather(admin.post("/users", data=form), admin.post("/users", data=form))
    assert one.text == two.text
    assert (await acts(api)).count("user_invited") == 1


async def test_what_was_refused_can_be_tried_again(api: ApiRig) -> None:
    ann = await new_user(api, Role.ADMIN)
    async with await browser_of(api, ann) as admin:
        form = {"key": "k" * 24, "role": "lead"}
        assert (await admin.post(f"/users/{ann.id}/role", data=form)).status_code == 409
        await new_user(api, Role.ADMIN, "bo@agency.example")
        assert (await admin.post(f"/users/{ann.id}/role", data=form)).status_code == 303
    assert await api.fetch("SELECT * FROM console_press WHERE answer IS NULL") == []


async def test_what_is_kept_tells_nobody_and_not_for_long(api: ApiRig) -> None:
    user = await new_user(api, Role.ADMIN)
    async with await browser_of(api, user) as admin:
        await admin.post("/users", data={"key": "k" * 24, "email": "bo@agency.example"})
        (kept,) = await api.fetch("SELECT * FROM console_press")
        assert b"bo@agency" not in kept["answer"]
        assert b"kkk" not in kept["digest"] + kept["answer"]
        api.now += timedelta(hours=1, seconds=1)
        await admin.post("/account", data={"key": "l" * 24, "name": "Ann"})
        passing = Retention(api.database, api.settings.retention(), api.clock).whole_pass(api.now)
        assert sum([page.removed async for page in passing]) == 1
        assert [row["digest"] for row in await api.fetch("SELECT digest FROM console_press")] != [kept["digest"]]
        assert len(await api.fetch("SELECT * FROM console_press")) == 1


async def test_another_session_does_not_get_the_answer(api: ApiRig) -> None:
    user = await new_user(api, Role.ADMIN)
    form = {"key": "k" * 24, "name": "Ann"}
    async with await browser_of(api, user) as one, await browser_of(api, user) as two:
        for browser in (one, two):
            assert (await browser.post("/account", data=form)).status_code == 303
        assert (await acts(api)).count("describe_yourself") == 2
        # An ended session is led to sign-in, whatever it pressed before.
        await two.post("/account/sessions/end", data={"key": "e"})
        assert (await one.post("/account", data=form)).headers["location"] == "/console/sign-in"


async def test_an_act_that_was_cut_off_is_done_by_the_next_press(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.console.once._TRIES", 1)
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as admin:
        form = {"key": "k" * 24, "name": "Ann"}
        await admin.post("/account", data=form)
        await api.execute("UPDATE console_press SET answer = NULL")
        unknown = await admin.post("/account", data=form)
        assert (unknown.status_code, "pressed before" in unknown.text) == (409, True)
        api.now += timedelta(minutes=1)
        assert (await admin.post("/account", data=form)).status_code == 303


async def test_a_file_is_uploaded_once(api: ApiRig) -> None:
    async with await browser_of(api, await new_user(api, Role.LEAD)) as lead:

        async def upload(name: str, content: bytes) -> str:
            files = {"file": (name, content)}
            sent = await lead.post("/people/import", data={"key": "k" * 24}, files=files)
            assert sent.status_code == 303, sent.text
            return str(sent.headers["location"])

        first, again = await asyncio.gather(*(upload("people.csv", b"Id;Name\np1;Ann\n") for _ in range(2)))
        assert first == again
        # Another file, or the same one by another name, is another press.
        others = {await upload("people.csv", b"Id;Name\np1;Ben\n"), await upload("staff.csv", b"Id;Name\np1;Ann\n")}
        assert len(others | {first}) == 3
        assert len(await api.fetch("SELECT id FROM people_file")) == 3


async def test_a_second_press_of_a_link_signs_in_the_browser_that_pressed(api: ApiRig) -> None:
    user = await new_user(api, Role.LEAD)
    async with api.database.transaction() as connection:
        token = (await make_link(connection, user.id, api.now)).token
    form = {"key": "k" * 24, "next": "/console/account"}
    async with a_browser(api) as browser, a_browser(api) as other:
        one, two = await asyncio.gather(*(browser.post(f"/sign-in/{token}", data=form) for _ in range(2)))
        assert (one.status_code, one.headers["location"]) == (two.status_code, two.headers["location"])
        assert one.headers["location"] == "/console/account"
        assert one.headers["set-cookie"] == two.headers["set-cookie"]
        assert (await browser.get("/account")).status_code == 200
        assert len(await api.fetch("SELECT id FROM console_session")) == 1
        # Without the key of that page, and from another browser, a spent link is spent.
        for headers, again in (({}, form | {"key": "l" * 24}), ({}, {"next": ""}), ({"User-Agent": "other"}, form)):
            refused = await other.post(f"/sign-in/{token}", data=again, headers=headers)
            assert (refused.status_code, "set-cookie" in refused.headers) == (410, False)
        # What Postgres keeps opens nothing.
        (kept,) = await api.fetch("SELECT digest, answer FROM console_press")
        assert browser.cookies[COOKIE].encode() not in kept["digest"] + kept["answer"]
    assert (await acts(api)).count("sign_in") == 1
